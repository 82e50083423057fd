// The stack: wiring only. Today it holds what everything else stands on, the audit vault.
import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { AuditVault } from "./audit-vault.ts";

export class GatewayStack extends Stack {
  readonly vault: AuditVault;

  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, { description: "Gatehouse: an access gateway for GitHub Copilot", ...props });
    this.vault = new AuditVault(this, "Vault");
  }
}
