#!/usr/bin/env node
// The CDK app: `npx cdk synth` and `npx cdk deploy`.
import { App } from "aws-cdk-lib";
import { GatewayStack } from "../lib/gateway-stack.ts";

const app = new App();
new GatewayStack(app, "Gatehouse");
app.synth();
