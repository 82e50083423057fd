// A place in the company's network for the functions: they may speak HTTPS to the outside, and nothing speaks to them.
import { Stack } from "aws-cdk-lib";
import { CfnSecurityGroup } from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";
import type { DeployConfig } from "./config.ts";
import type { Grant } from "./node-function.ts";

export class Network extends Construct {
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, vpc: NonNullable<DeployConfig["vpc"]>) {
    super(scope, id);
    this.subnetIds = vpc.subnets;
    this.securityGroupId = new CfnSecurityGroup(this, "Outwards", {
      vpcId: vpc.id,
      groupDescription: `${Stack.of(this).stackName}: HTTPS to GitHub, to the identity provider and to AWS`,
      securityGroupEgress: [
        { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIp: "0.0.0.0/0", description: "HTTPS" },
      ],
    }).attrGroupId;
  }
}

/** What Lambda does with the function's role to put it into a network. */
export const networkGrant: Grant = {
  sid: "StandInTheNetwork",
  actions: [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ],
  resources: ["*"],
  because:
    "Lambda makes the network interfaces itself and checks the role for exactly these, unrestricted (AWS).",
};
