// A company host name for the gateway: the name, everything below it (clients call api.gw, uploads.gw), and console.gw.
import { CfnOutput } from "aws-cdk-lib";
import {
  BasePathMapping,
  DomainName,
  EndpointAccessMode,
  EndpointType,
  SecurityPolicy,
  type RestApi,
} from "aws-cdk-lib/aws-apigateway";
import { Certificate, CertificateValidation, type ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import { ARecord, HostedZone, RecordTarget, type IHostedZone } from "aws-cdk-lib/aws-route53";
import { ApiGatewayDomain } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import type { DeployConfig } from "./config.ts";

export interface OwnDomainProps {
  readonly domain: NonNullable<DeployConfig["domain"]>;
  readonly gateway: RestApi;
  readonly console: RestApi;
}

export class OwnDomain extends Construct {
  constructor(scope: Construct, id: string, { domain, gateway, console }: OwnDomainProps) {
    super(scope, id);
    const zone =
      domain.zone === undefined
        ? undefined
        : HostedZone.fromHostedZoneAttributes(this, "Zone", {
            hostedZoneId: domain.zone.id,
            zoneName: domain.zone.name,
          });
    const certificate = this.certificate(domain, zone);
    const hosts = [
      { key: "Gateway", name: domain.name, api: gateway },
      { key: "Below", name: `*.${domain.name}`, api: gateway },
      // More exact than the wildcard, so API Gateway prefers it.
      { key: "Console", name: `console.${domain.name}`, api: console },
    ];
    for (const { key, name, api } of hosts) {
      const host = new DomainName(this, key, {
        domainName: name,
        certificate,
        endpointType: EndpointType.REGIONAL,
        securityPolicy: SecurityPolicy.TLS13_1_2_PQ_2025_09,
        endpointAccessMode: EndpointAccessMode.STRICT,
      });
      new BasePathMapping(this, `${key}Mapping`, {
        domainName: host,
        restApi: api,
        stage: api.deploymentStage,
      });
      if (zone === undefined)
        new CfnOutput(this, `${key}Alias`, {
          value: host.domainNameAliasDomainName,
          description: `Set a CNAME (or alias) of ${name} to this`,
        });
      else
        new ARecord(this, `${key}Record`, {
          zone,
          recordName: `${name}.`,
          target: RecordTarget.fromAlias(new ApiGatewayDomain(host)),
        });
    }
  }

  private certificate(domain: OwnDomainProps["domain"], zone: IHostedZone | undefined): ICertificate {
    if (domain.certificateArn !== undefined)
      return Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn);
    return new Certificate(this, "Certificate", {
      domainName: domain.name,
      subjectAlternativeNames: [`*.${domain.name}`],
      validation: CertificateValidation.fromDns(zone),
    });
  }
}
