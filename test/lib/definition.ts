// The approval machine's definition out of a synthesised stack.
import type { Template } from "aws-cdk-lib/assertions";

/** As Step Functions gets it; what only the deployment knows stands as its name. */
export function definitionIn(template: Template): string {
  const machine = Object.values(template.findResources("AWS::StepFunctions::StateMachine"))[0] as
    { Properties: { DefinitionString: unknown } } | undefined;
  return resolved(machine?.Properties.DefinitionString);
}

function resolved(value: unknown): string {
  if (typeof value === "string") return value;
  const [name, inner] = Object.entries(value as Record<string, unknown>)[0] ?? [];
  if (name === "Fn::Join") return (inner as [string, unknown[]])[1].map(resolved).join("");
  if (name === "Ref") return String(inner);
  return (inner as string[]).join(".");
}
