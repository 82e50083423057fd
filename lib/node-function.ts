// One recipe for every function: Node 24 on arm64, a role of its own that starts with nothing but its own log.
import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Function as LambdaFunction,
  Runtime,
  type CfnFunction,
  type Code,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { networkGrant, type Network } from "./network.ts";
import { wildcardBecause } from "./reasons.ts";

export interface NodeFunctionProps {
  readonly description: string;
  readonly code: Code;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** Absent: it shares what the account has left. */
  readonly reserved?: number;
  readonly logRetention: RetentionDays;
  readonly network?: Network;
}

export interface Grant {
  /** Says what for. */
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Needed when a resource has a `*` in it. */
  readonly because?: string;
}

export class NodeFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly log: LogGroup;
  private readonly policy: Policy;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    this.log = new LogGroup(this, "Log", {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    this.policy = new Policy(this, "Policy", { roles: [role] });
    this.lambda = new LambdaFunction(this, "Function", {
      description: props.description,
      code: props.code,
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: { ...props.environment },
      logGroup: this.log,
      // Every grant of the function stands in `grants.ts`; CDK adds none by itself.
      role: role.withoutPolicyUpdates(),
      ...(props.reserved === undefined ? {} : { reservedConcurrentExecutions: props.reserved }),
    });
    this.grant({
      sid: "WriteOwnLog",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [this.log.logGroupArn],
    });
    if (props.network !== undefined) {
      const { subnetIds, securityGroupId } = props.network;
      (this.lambda.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...subnetIds],
        securityGroupIds: [securityGroupId],
      };
      this.grant(networkGrant);
    }
    this.lambda.node.addDependency(this.policy);
  }

  grant(...grants: readonly Grant[]): void {
    for (const { sid, actions, resources, because } of grants) {
      this.policy.addStatements(
        new PolicyStatement({ sid, actions: [...actions], resources: [...resources] }),
      );
      if (because !== undefined)
        for (const resource of resources) wildcardBecause(this.policy, resource, because);
    }
  }
}
