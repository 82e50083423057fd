// AWS WAF before the road, for who wants it: known bad addresses and inputs, and a rate per address; never a look at code.
import { Stack } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

/** Rule groups that judge bodies are left out: a push is code, and code looks like attacks. */
const groups = ["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"];
/** Rules that would read a body as an attack: they only count. */
const countOnly = ["Log4JRCE_BODY", "JavaDeserializationRCE_BODY"];
const requestsPerFiveMinutes = 10_000;

export class Firewall extends Construct {
  constructor(scope: Construct, id: string, api: RestApi) {
    super(scope, id);
    const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      // Samples would keep headers, and so tokens.
      sampledRequestsEnabled: false,
    });
    const acl = new CfnWebACL(this, "Acl", {
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      visibilityConfig: visible(Stack.of(this).stackName),
      rules: [
        {
          name: "rate",
          priority: 0,
          action: { block: {} },
          statement: { rateBasedStatement: { aggregateKeyType: "IP", limit: requestsPerFiveMinutes } },
          visibilityConfig: visible("rate"),
        },
        ...groups.map((name, at) => ({
          name,
          priority: at + 1,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: {
              vendorName: "AWS",
              name,
              ruleActionOverrides: name.includes("KnownBadInputs")
                ? countOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } }))
                : [],
            },
          },
          visibilityConfig: visible(name),
        })),
      ],
    });
    new CfnWebACLAssociation(this, "Association", {
      webAclArn: acl.attrArn,
      resourceArn: api.deploymentStage.stageArn,
    });
  }
}
