// What can be synthesised by anybody and must be deployed by nobody, such as the example configuration: its issuer is nobody's.
import { CfnRule, Fn, type Stack } from "aws-cdk-lib";

/** CloudFormation checks the rule before it makes the first resource, and says why it stops. */
export function forbidDeployment(stack: Stack, why: string): void {
  new CfnRule(stack, "NotToBeDeployed", {
    assertions: [{ assert: Fn.conditionEquals("this", "deployable"), assertDescription: why }],
  });
}
