// The stack: wiring only. Every box is a construct of its own, and what each function may do stands in `grants.ts`.
import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import type { Code } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { ApprovalDesk, machineArn } from "./approval-desk.ts";
import { AuditVault } from "./audit-vault.ts";
import { bundleFiles, type FunctionName } from "./bundle.ts";
import type { DeployConfig } from "./config.ts";
import { Connector } from "./connector.ts";
import { ConsoleSite } from "./console-site.ts";
import { Firewall } from "./firewall.ts";
import { FrontDoor } from "./front-door.ts";
import * as grants from "./grants.ts";
import { Keys } from "./keys.ts";
import { Network } from "./network.ts";
import { NodeFunction, type NodeFunctionProps } from "./node-function.ts";
import { noticeArns } from "./notice-arns.ts";
import { OwnDomain } from "./own-domain.ts";
import { Sweep } from "./sweep.ts";
import { Watch } from "./watch.ts";

export interface GatewayStackProps extends StackProps {
  readonly config: DeployConfig;
  /** What each function runs. */
  readonly code: (name: FunctionName) => Code;
}

const retentions: Readonly<Record<DeployConfig["logRetentionDays"], RetentionDays>> = {
  30: RetentionDays.ONE_MONTH,
  90: RetentionDays.THREE_MONTHS,
  180: RetentionDays.SIX_MONTHS,
  365: RetentionDays.ONE_YEAR,
  731: RetentionDays.TWO_YEARS,
};

const sizes: Readonly<Record<FunctionName, Pick<NodeFunctionProps, "description" | "memoryMb" | "timeout">>> =
  {
    gateway: { description: "The road", memoryMb: 512, timeout: Duration.minutes(15) },
    console: { description: "Console and reviewer API", memoryMb: 512, timeout: Duration.minutes(1) },
    approval: { description: "Tells reviewers, carries out", memoryMb: 512, timeout: Duration.minutes(15) },
    sweep: { description: "Closes what crashes left open", memoryMb: 512, timeout: Duration.minutes(5) },
    authorizer: { description: "Says who is calling", memoryMb: 512, timeout: Duration.seconds(10) },
  };

export class GatewayStack extends Stack {
  readonly vault: AuditVault;
  readonly desk: ApprovalDesk;
  readonly frontDoor: FrontDoor;

  constructor(scope: Construct, id: string, { config, code, ...props }: GatewayStackProps) {
    super(scope, id, { description: "Gatehouse: an access gateway for GitHub Copilot", ...props });
    const keys = new Keys(this, "Keys", config);
    this.vault = new AuditVault(this, "Vault", { ...config, key: keys.data });
    const connector = new Connector(this, "Connector", keys.data);
    const bus = new EventBus(this, "Events", { eventBusName: `${this.stackName}-events` });
    const machineName = `${this.stackName}-approvals`;

    const environment: Record<string, string> = {
      GATEHOUSE_TABLE: this.vault.table.tableName,
      GATEHOUSE_ARCHIVE_BUCKET: this.vault.archive.bucketName,
      GATEHOUSE_ESCROW_BUCKET: this.vault.escrow.bucketName,
      GATEHOUSE_DATA_KEY: keys.data.keyArn,
      GATEHOUSE_LINK_KEY: keys.links.keyArn,
      GATEHOUSE_SIGNING_KEYS: keys.signing.map((key) => key.keyArn).join(","),
      GATEHOUSE_CONNECTOR_SECRET: connector.secret.secretArn,
      GATEHOUSE_STATE_MACHINE: machineArn(this, machineName),
      GATEHOUSE_EVENT_BUS: bus.eventBusName,
      GATEHOUSE_CONFIG_FILE: bundleFiles.config,
      GATEHOUSE_STAGE_PREFIX: "",
    };
    const network = config.vpc === undefined ? undefined : new Network(this, "Network", config.vpc);
    const add = (name: FunctionName, reserved?: number): NodeFunction =>
      new NodeFunction(this, `${name.charAt(0).toUpperCase()}${name.slice(1)}`, {
        ...sizes[name],
        code: code(name),
        environment,
        logRetention: retentions[config.logRetentionDays],
        ...(reserved === undefined ? {} : { reserved }),
        ...(network === undefined ? {} : { network }),
      });
    const functions = {
      gateway: add("gateway", config.concurrency.gateway),
      console: add("console", config.concurrency.console),
      approval: add("approval"),
      // Two sweeps at once would only get in each other's way.
      sweep: add("sweep", 1),
      authorizer: add("authorizer"),
    };
    const holdings = {
      vault: this.vault,
      keys,
      connector,
      bus,
      machineArn: environment.GATEHOUSE_STATE_MACHINE ?? "",
      ...noticeArns(this, config.gatehouse),
    };
    functions.gateway.grant(...grants.gatewayGrants(holdings));
    functions.console.grant(...grants.consoleGrants(holdings));
    functions.approval.grant(...grants.approvalGrants(holdings));
    functions.sweep.grant(...grants.sweepGrants(holdings));
    functions.authorizer.grant(...grants.authorizerGrants(holdings));

    const { domain } = config;
    const site = {
      logRetention: retentions[config.logRetentionDays],
      hasOwnDomain: domain !== undefined,
      logRole: config.apiGatewayLogRole,
    };
    this.frontDoor = new FrontDoor(this, "FrontDoor", {
      ...site,
      gateway: functions.gateway,
      authorizer: functions.authorizer,
      ...(domain === undefined ? {} : { domainUrl: config.gatehouse.gateway.url }),
    });
    const consoleSite = new ConsoleSite(this, "ConsoleSite", {
      ...site,
      console: functions.console,
      ...(domain === undefined ? {} : { domainUrl: config.gatehouse.console.url }),
    });
    if (domain !== undefined)
      new OwnDomain(this, "Domain", { domain, gateway: this.frontDoor.api, console: consoleSite.api });
    if (config.hasFirewall) new Firewall(this, "Firewall", this.frontDoor.api);
    for (const { lambda } of Object.values(functions)) {
      lambda.addEnvironment("GATEHOUSE_GATEWAY_URL", this.frontDoor.url);
      lambda.addEnvironment("GATEHOUSE_CONSOLE_URL", consoleSite.url);
    }
    this.desk = new ApprovalDesk(this, "ApprovalDesk", {
      approval: functions.approval,
      key: keys.data,
      machineName,
      logRetention: retentions[config.logRetentionDays],
    });
    const { missed } = new Sweep(this, "EachMinute", functions.sweep);
    new Watch(this, "Watch", {
      api: this.frontDoor.api,
      functions,
      sweep: functions.sweep,
      table: this.vault.table,
      escrow: this.vault.escrow,
      machine: this.desk.machine,
      missed,
      config,
      key: keys.data,
    });
    new CfnOutput(this, "GatewayUrl", { value: this.frontDoor.url, description: "Point clients here" });
    new CfnOutput(this, "ConsoleUrl", { value: consoleSite.url, description: "Reviewers sign in here" });
    new CfnOutput(this, "ConnectorSecret", { value: connector.secret.secretArn });
    if (this.vault.copier !== undefined) new CfnOutput(this, "LogArchiveRole", { value: this.vault.copier });
  }
}
