// EventBridge and SES as far as the gateway uses them: what was sent is kept for tests to look at.
import { randomUUID } from "node:crypto";
import { AwsError, text, type JsonInput, type JsonOperations } from "./aws-error.ts";

export interface BusEntry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly Time?: number;
}

export interface EventsStandIn {
  readonly operations: JsonOperations;
  readonly received: BusEntry[];
  /** Entries that are refused, one by one, while the rest of their batch is taken. */
  refuse: (entry: BusEntry) => boolean;
}

export function createEventsStandIn(): EventsStandIn {
  const standIn: EventsStandIn = {
    received: [],
    refuse: () => false,
    operations: {
      CreateEventBus: (input) => ({
        EventBusArn: `arn:aws:events:us-east-1:123456789012:event-bus/${text(input, "Name")}`,
      }),
      PutEvents(input) {
        const entries = (input.Entries ?? []) as BusEntry[];
        if (entries.length === 0 || entries.length > 10)
          throw new AwsError("ValidationException", "Entries holds 1 to 10 events");
        let bytes = 0;
        for (const { Source, DetailType, Detail } of entries) {
          if (Source === undefined || DetailType === undefined || Detail === undefined)
            throw new AwsError("ValidationException", "Source, DetailType and Detail are required");
          JSON.parse(Detail);
          bytes += Buffer.byteLength(Source + DetailType + Detail) + 14;
        }
        if (bytes > 262_144)
          throw new AwsError("ValidationException", "Total size of the entries is over the limit");
        const results = entries.map((entry) => {
          if (standIn.refuse(entry)) return { ErrorCode: "InternalFailure", ErrorMessage: "try again" };
          standIn.received.push(entry);
          return { EventId: randomUUID() };
        });
        return {
          FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
          Entries: results,
        };
      },
    },
  };
  return standIn;
}

export interface Mail {
  readonly FromEmailAddress?: string;
  readonly Destination?: { readonly ToAddresses?: readonly string[] };
  readonly Content?: {
    readonly Simple?: {
      readonly Subject: { readonly Data: string };
      readonly Body: { readonly Text?: { readonly Data: string }; readonly Html?: { readonly Data: string } };
    };
  };
}

export interface MailStandIn {
  readonly sent: Mail[];
  /** `POST /v2/email/…`, already parsed. */
  handle(path: string, input: JsonInput): unknown;
}

export function createMailStandIn(): MailStandIn {
  const identities = new Set<string>();
  const sent: Mail[] = [];
  return {
    sent,
    handle(path, input) {
      if (path === "/v2/email/identities") {
        identities.add(text(input, "EmailIdentity"));
        return { IdentityType: "EMAIL_ADDRESS", VerifiedForSendingStatus: true };
      }
      if (path !== "/v2/email/outbound-emails") throw new AwsError("NotFoundException", path, 404);
      const mail = input as Mail;
      const from = /<([^>]+)>$/.exec(mail.FromEmailAddress ?? "")?.[1] ?? mail.FromEmailAddress ?? "";
      if (!identities.has(from))
        throw new AwsError("MessageRejected", `Email address is not verified: ${from}`);
      if ((mail.Destination?.ToAddresses ?? []).length === 0)
        throw new AwsError("BadRequestException", "no recipients");
      sent.push(mail);
      return { MessageId: randomUUID() };
    },
  };
}
