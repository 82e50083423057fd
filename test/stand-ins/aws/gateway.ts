// The gateway as it is deployed: bundled functions under the real runtime, behind API Gateway, over the stand-ins of AWS.
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sandboxSetup } from "../../../bin/local/setup.ts";
import { people } from "../../../bin/sandbox/people.ts";
import { createSessionTokens, maxSessionLifetimeMs } from "../../../lambda/identity/session-token.ts";
import { openAwsPlatform, type AwsPlatform } from "../../../lambda/platform/aws/platform.ts";
import type { FunctionName } from "../../../lib/bundle.ts";
import { startDetour, type Detour } from "../detour.ts";
import { callerOf, type GatewayOptions, type GatewayUnderTest } from "../gateway.ts";
import { createApiGateway } from "./api-gateway.ts";
import { builtFunctions, builtMachine } from "./built.ts";
import { createGatewayTable } from "./dynalite.ts";
import { useEnvironment } from "./environment.ts";
import { createClock } from "../../../lambda/platform/clock.ts";
import { runStateMachine } from "./state-machine.ts";
import { answerOf, startFunction, type LambdaFunction } from "./runtime-api.ts";
import { startAwsStandIns, type AwsStandIns } from "./stand-ins.ts";

export interface AwsGateway extends GatewayUnderTest {
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly aws: AwsStandIns;
  /** Names of AWS things, as the functions are told them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Deploys again with these settings: every function starts anew, and tokens are made with them. */
  redeploy(changes: Readonly<Record<string, string>>): Promise<void>;
}

export interface AwsGatewayOptions extends GatewayOptions {
  /** Of the gateway function; 15 minutes as deployed. */
  readonly timeoutMs?: number;
  /** How many environments of the gateway function take turns. */
  readonly instances?: number;
  /** Stands before the REST side and the models of the sandbox's GitHub. */
  readonly detour?: Detour;
}

/** As deployed: nobody can have a token yet, or another proof is asked for. */
const openPaths = ["/.well-known", "/_gatehouse/health", "/_gatehouse/hooks", "/login", "/telemetry"];
const names = {
  GATEHOUSE_TABLE: "gatehouse",
  GATEHOUSE_ARCHIVE_BUCKET: "gatehouse-archive",
  GATEHOUSE_ESCROW_BUCKET: "gatehouse-escrow",
  GATEHOUSE_CONNECTOR_SECRET: "gatehouse/connector",
  GATEHOUSE_EVENT_BUS: "gatehouse-events",
};
const minute = 60_000;

export async function startAwsGateway(options: AwsGatewayOptions = {}): Promise<AwsGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), "gatehouse-aws-"));
  const aws = await startAwsStandIns();
  const restore = useEnvironment(aws.environment);
  const later: Partial<Record<FunctionName, LambdaFunction>> = {};
  const function_ = (name: FunctionName) => (): LambdaFunction => {
    const found = later[name];
    if (found === undefined) throw new Error("the gateway is still starting");
    return found;
  };
  const road = createApiGateway({
    stage: "gw",
    target: function_("gateway"),
    authorizer: function_("authorizer"),
    openPaths,
    challenge: 'Basic realm="gatehouse", Bearer realm="gatehouse"',
  });
  const site = createApiGateway({ stage: "console", target: function_("console") });
  const gateway = `http://127.0.0.1:${await listen(road, "127.0.0.1")}`;
  const console = `http://localhost:${await listen(site, "localhost")}`;
  const overrides = join(dataDir, "test.config.json");
  await writeFile(overrides, JSON.stringify(options.config ?? {}));
  const setup = await sandboxSetup(
    dataDir,
    { gateway, console },
    { issuer: 0, github: 0 },
    { port: 0, config: overrides, env: {} },
  );
  const configFile = join(dataDir, "gatehouse.config.json");
  // Slack and mail have no place to arrive at here.
  const detour = options.detour && (await startDetour(setup.githubUrl, options.detour));
  const { upstream } = setup.config;
  const config = {
    ...setup.config,
    upstream:
      detour === undefined
        ? upstream
        : { ...upstream, api: `${detour.url}/api/v3`, capi: `${detour.url}/capi` },
    notices: { teams: {} },
  };
  await writeFile(configFile, JSON.stringify(config));
  const client = new DynamoDBClient({});
  await createGatewayTable(client, names.GATEHOUSE_TABLE);
  aws.s3.createBucket(names.GATEHOUSE_ARCHIVE_BUCKET);
  aws.s3.createBucket(names.GATEHOUSE_ESCROW_BUCKET);
  aws.secrets.set(names.GATEHOUSE_CONNECTOR_SECRET, setup.connector.text);
  const env = {
    ...names,
    GATEHOUSE_DATA_KEY: aws.kms.createKey("SYMMETRIC_DEFAULT"),
    GATEHOUSE_LINK_KEY: aws.kms.createKey("SYMMETRIC_DEFAULT"),
    GATEHOUSE_SIGNING_KEYS: aws.kms.createKey("ECC_NIST_P256"),
    GATEHOUSE_STATE_MACHINE: aws.states.createStateMachine("gatehouse-approvals"),
    GATEHOUSE_CONFIG_FILE: configFile,
    GATEHOUSE_GATEWAY_URL: gateway,
    GATEHOUSE_CONSOLE_URL: console,
  };
  const start = (name: FunctionName, timeoutMs: number, instances = 1): LambdaFunction =>
    startFunction({
      name,
      folder: join(builtFunctions, name),
      environment: { ...aws.environment, ...env, ...options.env },
      timeoutMs,
      instances,
    });
  const deployed = (): Record<FunctionName, LambdaFunction> => ({
    gateway: start("gateway", options.timeoutMs ?? 15 * minute, options.instances),
    console: start("console", minute),
    approval: start("approval", 15 * minute),
    sweep: start("sweep", 5 * minute),
    authorizer: start("authorizer", 10_000),
  });
  const functions = deployed();
  Object.assign(later, functions);
  const machine = runStateMachine({
    definition: await readFile(builtMachine, "utf8"),
    stepFunctions: aws.states,
    clock: createClock(),
    invoke: (payload) => answerOf(functions.approval, payload),
  });

  const open = (): Promise<AwsPlatform> =>
    openAwsPlatform(env, {
      config: setup.config,
      connector: () => Promise.reject(new Error("the test asks GitHub nothing")),
      log: () => undefined,
    });
  let platform = await open();
  for (const person of setup.directory) await platform.directory.remember(person);
  const token: GatewayUnderTest["token"] = (login, { session, for: audience = "road" } = {}) => {
    const person = people.find((one) => one.login === login);
    if (person === undefined) throw new Error(`there is no ${login}`);
    const subject = `${setup.issuerUrl}#${person.id}`;
    return createSessionTokens(setup.config, platform.signer, platform.clock, platform.ids).mint({
      person: { ...person, subject, person: subject },
      session: session ?? platform.ids.next("ses"),
      client: "gatehouse token",
      audience,
      expiresInMs: maxSessionLifetimeMs,
    });
  };
  const stderr = (): string =>
    Object.values(functions)
      .map((one) => one.log())
      .join("");
  return {
    ready: true,
    gateway,
    console,
    issuer: setup.issuerUrl,
    github: setup.githubUrl,
    people: setup.people.map(({ login, teams }) => ({ login, teams: [...teams] })),
    repositories: setup.repositories.map((one) => ({ ...one, protected: [...one.protected] })),
    dataDir,
    functions,
    aws,
    environment: env,
    async redeploy(changes) {
      Object.assign(env, changes);
      const before = { ...functions };
      Object.assign(functions, deployed());
      Object.assign(later, functions);
      await Promise.all(Object.values(before).map((one) => one.close()));
      await platform.close();
      platform = await open();
    },
    stderr,
    token,
    ...callerOf({ gateway, console, github: setup.githubUrl }, token),
    upstreamToken: () => Promise.resolve((JSON.parse(setup.connector.text) as { token: string }).token),
    escrowed: () => Promise.resolve([...aws.s3.objects(names.GATEHOUSE_ESCROW_BUCKET).keys()]),
    stored: async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: names.GATEHOUSE_TABLE }));
      const objects = [...aws.s3.objects(names.GATEHOUSE_ARCHIVE_BUCKET).values()];
      return [Buffer.from(JSON.stringify(Items)), ...objects.map(({ bytes }) => bytes)];
    },
    stop: async () => {
      machine.close();
      await Promise.all([shut(road), shut(site)]);
      await Promise.all(Object.values(functions).map((one) => one.close()));
      await platform.close();
      client.destroy();
      await detour?.close();
      await setup.close();
      restore();
      await aws.close();
    },
  };
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, host, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
