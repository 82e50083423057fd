// Reasons for wildcards: a finding of cdk-nag is acknowledged by its very name, never a rule as a whole.
import { Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** `resource` as it stands in the policy. */
export function wildcardBecause(scope: IConstruct, resource: string, reason: string): void {
  const id = `AwsSolutions-IAM5[Resource::${named(Stack.of(scope).resolve(resource))}]`;
  Validations.of(scope).acknowledge({ id, reason });
}

/** As cdk-nag writes it: references in angle brackets, joined. */
function named(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  for (const [name, inner] of Object.entries(value)) {
    if (name === "Ref") return `<${String(inner)}>`;
    if (name === "Fn::GetAtt" && Array.isArray(inner)) return `<${inner.join(".")}>`;
    if (name === "Fn::Join" && Array.isArray(inner) && Array.isArray(inner[1]))
      return inner[1].map(named).join(String(inner[0]));
  }
  return JSON.stringify(value);
}
