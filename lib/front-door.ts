// The road's entrance: a regional REST API that streams, says its own 401, and writes an access log without secrets.
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  AccessLogFormat,
  EndpointType,
  IdentitySource,
  LambdaIntegration,
  LogGroupLogDestination,
  RequestAuthorizer,
  ResponseTransferMode,
  RestApi,
  type CfnRestApi,
  type IResource,
  type MethodOptions,
} from "aws-cdk-lib/aws-apigateway";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { addGatewayResponses } from "./gateway-responses.ts";
import type { NodeFunction } from "./node-function.ts";

export interface StreamingApiProps {
  readonly name: string;
  readonly stage: string;
  readonly logRetention: RetentionDays;
  readonly hasOwnDomain: boolean;
  readonly logRole: "create" | "exists";
}

export interface FrontDoorProps extends Omit<StreamingApiProps, "name" | "stage"> {
  readonly gateway: NodeFunction;
  readonly authorizer: NodeFunction;
  /** Where clients reach it, when it has a domain. */
  readonly domainUrl?: string;
}

/** Types whose bytes must arrive as they are. Anything broader would inflate JSON by a third, too. */
const binaryTypes = [
  "application/x-git-upload-pack-request",
  "application/x-git-receive-pack-request",
  "application/octet-stream",
  "application/gzip",
];

/** Where nobody can have a token yet, another proof is asked for, or nothing is done. The flow still decides about them. */
const openPaths = [".well-known", "_gatehouse/health", "_gatehouse/hooks", "login", "telemetry"];

export class FrontDoor extends Construct {
  readonly api: RestApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: FrontDoorProps) {
    super(scope, id);
    const name = `${Stack.of(this).stackName}-gateway`;
    this.api = streamingApi(this, "Api", { ...props, name, stage: "gw" });
    this.url = props.domainUrl ?? stageUrl(this.api, "gw");
    const authorizer = new RequestAuthorizer(this, "Caller", {
      handler: props.authorizer.lambda,
      identitySources: [IdentitySource.header("Authorization")],
      // Only saves the second look at the same token. The flow checks token and stop-list itself, on every request.
      resultsCacheTtl: Duration.seconds(60),
    });
    const stream = streamInto(props.gateway);
    method(this.api.root, stream, { authorizer });
    method(this.api.root.addResource("{proxy+}"), stream, { authorizer });
    for (const path of openPaths) {
      const resource = this.api.root.resourceForPath(path);
      method(resource, stream);
      if (!path.endsWith("/health")) method(resource.addResource("{proxy+}"), stream);
    }
    addGatewayResponses(this.api, this.url);
    Validations.of(this.api).acknowledge(
      {
        id: "AwsSolutions-APIG4",
        reason:
          "Sign-in, key and metadata paths, health and verified hooks come before any token can exist, and telemetry is thrown away; the gateway decides about them itself.",
      },
      {
        id: "AwsSolutions-APIG3",
        reason:
          "The firewall is a choice of the configuration (hasFirewall): a push is code, and code looks like attacks.",
      },
      {
        id: "AwsSolutions-COG4",
        reason: "Callers are verified against the company's own issuer, not Cognito.",
      },
    );
  }
}

/** The address that an API has without a domain; built from parts, because the stage itself comes after the function. */
export function stageUrl(api: RestApi, stage: string): string {
  const { region, urlSuffix } = Stack.of(api);
  return `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${stage}`;
}

export function streamingApi(scope: Construct, id: string, props: StreamingApiProps): RestApi {
  const log = new LogGroup(scope, `${id}Log`, {
    retention: props.logRetention,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const api = new RestApi(scope, id, {
    restApiName: props.name,
    endpointConfiguration: { types: [EndpointType.REGIONAL] },
    disableExecuteApiEndpoint: props.hasOwnDomain,
    binaryMediaTypes: binaryTypes,
    cloudWatchRole: props.logRole === "create",
    deployOptions: {
      stageName: props.stage,
      metricsEnabled: true,
      accessLogDestination: new LogGroupLogDestination(log),
      accessLogFormat: AccessLogFormat.custom(JSON.stringify(logged)),
    },
  });
  const root = api.node.defaultChild as CfnRestApi;
  root.addPropertyOverride("SecurityPolicy", "SecurityPolicy_TLS13_1_2_PQ_2025_09");
  root.addPropertyOverride("EndpointAccessMode", "STRICT");
  Validations.of(api).acknowledge(
    {
      id: "AwsSolutions-APIG2",
      reason: "The gateway validates requests itself, far more strictly than a model could.",
    },
    {
      id: "AwsSolutions-APIG6",
      reason: "Execution logs hold headers, and so callers' tokens. Every request has its record instead.",
    },
    {
      id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
      reason: "The role of the whole account that API Gateway asks for by this very policy.",
    },
  );
  return api;
}

/** No path, query or header: each of them can hold a secret. Who and what is in the record, under the entry. */
const logged = {
  at: "$context.requestTime",
  request: "$context.requestId",
  method: "$context.httpMethod",
  route: "$context.resourcePath",
  status: "$context.status",
  bytes: "$context.responseLength",
  ms: "$context.responseLatency",
  integrationMs: "$context.integrationLatency",
  integrationStatus: "$context.integrationStatus",
  ip: "$context.identity.sourceIp",
  subject: "$context.authorizer.principalId",
  refusedBy: "$context.error.responseType",
};

export function streamInto(target: NodeFunction): LambdaIntegration {
  return new LambdaIntegration(target.lambda, {
    responseTransferMode: ResponseTransferMode.STREAM,
    timeout: Duration.minutes(15),
    scopePermissionToMethod: false,
  });
}

export function method(resource: IResource, into: LambdaIntegration, options: MethodOptions = {}): void {
  resource.addMethod("ANY", into, options);
}
