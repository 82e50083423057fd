// The console's own host: an API of its own, so that nothing a repository contains can ever act as a reviewer.
import { Stack, Validations } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { CfnApi, CfnIntegration, CfnRoute, CfnStage } from "aws-cdk-lib/aws-apigatewayv2";
import { Construct } from "constructs";
import { method, stageUrl, streamingApi, streamInto, type StreamingApiProps } from "./front-door.ts";
import type { NodeFunction } from "./node-function.ts";

export interface ConsoleSiteProps extends Omit<StreamingApiProps, "name" | "stage"> {
  readonly console: NodeFunction;
  readonly domainUrl?: string;
}

export class ConsoleSite extends Construct {
  readonly api: RestApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: ConsoleSiteProps) {
    super(scope, id);
    const name = `${Stack.of(this).stackName}-console`;
    this.api = streamingApi(this, "Api", { ...props, name, stage: "console", logRole: "exists" });
    const stream = streamInto(props.console);
    method(this.api.root, stream);
    method(this.api.root.addResource("{proxy+}"), stream);
    this.url = props.domainUrl ?? this.rootUrl(name);
    Validations.of(this.api).acknowledge(
      {
        id: "AwsSolutions-APIG4",
        reason: "People sign in with a cookie session that the console checks itself.",
      },
      { id: "AwsSolutions-COG4", reason: "People sign in at the company's own issuer, not Cognito." },
      {
        id: "AwsSolutions-APIG3",
        reason: "The console is for the few who review; put it behind the VPN or a WAF if you like.",
      },
    );
  }

  /** A page needs to stand at the root of its host, which a stage's address is not; an HTTP API's default stage is. */
  private rootUrl(name: string): string {
    const { region, urlSuffix } = Stack.of(this);
    const root = new CfnApi(this, "Root", { name: `${name}-root`, protocolType: "HTTP" });
    const routes = [
      { key: "Page", route: "ANY /", path: "/" },
      { key: "Rest", route: "ANY /{proxy+}", path: "/{proxy}" },
    ];
    for (const { key, route, path } of routes) {
      const integration = new CfnIntegration(this, `${key}Integration`, {
        apiId: root.ref,
        integrationType: "HTTP_PROXY",
        integrationMethod: "ANY",
        integrationUri: `${stageUrl(this.api, "console")}${path}`,
        payloadFormatVersion: "1.0",
      });
      const target = `integrations/${integration.ref}`;
      const added = new CfnRoute(this, `${key}Route`, { apiId: root.ref, routeKey: route, target });
      Validations.of(added).acknowledge({
        id: "AwsSolutions-APIG4",
        reason: "People sign in with a cookie session that the console checks itself.",
      });
    }
    const stage = new CfnStage(this, "RootStage", {
      apiId: root.ref,
      stageName: "$default",
      autoDeploy: true,
      defaultRouteSettings: { throttlingBurstLimit: 200, throttlingRateLimit: 100 },
    });
    Validations.of(stage).acknowledge({
      id: "AwsSolutions-APIG1",
      reason: "It only passes on to the console's API, which writes the access log.",
    });
    return `https://${root.ref}.execute-api.${region}.${urlSuffix}`;
  }
}
