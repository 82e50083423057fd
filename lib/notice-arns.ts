// Which secrets and mail identities the notices of a configuration need, so that functions may use these and no others.
import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** Reads the configuration by shape: secrets are whatever is named `…Secret` or `…Name` below `notices`, senders are `from`. */
export function noticeArns(
  scope: Construct,
  config: object,
): { readonly noticeSecretArns: readonly string[]; readonly senderArns: readonly string[] } {
  const secrets = new Set<string>();
  const domains = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner !== "string") walk(inner);
      else if (/^(webhookSecret|signingSecretName|botTokenName)$/.test(key)) secrets.add(inner);
      else if (key === "from") domains.add(inner.slice(inner.lastIndexOf("@") + 1));
    }
  };
  walk("notices" in config ? config.notices : undefined);
  const stack = Stack.of(scope);
  return {
    // Secrets Manager puts six characters of its own after the name.
    noticeSecretArns: [...secrets].map((name) =>
      stack.formatArn({
        service: "secretsmanager",
        resource: `secret:${name}-??????`,
      }),
    ),
    senderArns: [...domains].map((domain) =>
      stack.formatArn({ service: "ses", resource: "identity", resourceName: domain }),
    ),
  };
}
