// The part of the configuration that says where reviewers are told, and by which servers.
import * as z from "zod";

const team = z.string().min(1).max(100);

export const secretName = z
  .string()
  .regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/, "letters, digits and / _ + = . @ - only");

const noticeChannel = z.union(
  [
    z.strictObject({
      slack: z
        .strictObject({
          /** Name of the secret that holds an incoming webhook's address. */
          webhookSecret: secretName.optional(),
          /** For chat.postMessage with `slack.botTokenName`. */
          channel: z
            .string()
            .regex(/^[#@]?[A-Za-z0-9._-]{1,80}$/)
            .optional(),
        })
        .refine(({ webhookSecret, channel }) => webhookSecret !== undefined || channel !== undefined, {
          error: "needs webhookSecret or channel",
        }),
    }),
    z.strictObject({
      email: z.strictObject({ to: z.array(z.email()).min(1).max(20), from: z.email() }),
    }),
    z.strictObject({ inbox: z.literal(true) }),
  ],
  { error: 'expected {"slack": {…}}, {"email": {"to": […], "from": …}} or {"inbox": true}' },
);

const slack = z
  .strictObject({
    signingSecretName: secretName.optional(),
    botTokenName: secretName.optional(),
    /** Slack user ids to the subjects (`<issuer>#<sub>`) that they are. */
    users: z.record(z.string().regex(/^[UW][A-Z0-9]{2,30}$/), z.string().min(3)).default({}),
    /** Whether a button in Slack decides; otherwise it opens the signed-in page. */
    decides: z.boolean().default(false),
  })
  .refine(({ decides, signingSecretName }) => !decides || signingSecretName !== undefined, {
    error: "decides: true needs signingSecretName: without it nobody can tell Slack from a forger",
  });

/** By name or address: a password or a message in the clear may not leave this machine. */
const onThisMachine = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** The mail server of the edition on one machine. */
const smtp = z
  .strictObject({
    host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, "a host name or an address only"),
    /** 587, or 465 with `tls`, unless given. */
    port: z.number().int().min(1).max(65_535).optional(),
    /** `starttls` changes to TLS before anything is said and insists on it; `tls` begins with it. */
    security: z.enum(["starttls", "tls", "none"]).default("starttls"),
    user: z.string().min(1).max(320).optional(),
    /** Name of the secret that holds the user's password. */
    passwordName: secretName.optional(),
  })
  .refine(({ user, passwordName }) => (user === undefined) === (passwordName === undefined), {
    error: "user and passwordName come together, or neither",
  })
  .refine(({ security, host }) => security !== "none" || onThisMachine.test(host), {
    error: 'security: "none" not allowed for a server on another machine. Expected: "starttls" or "tls"',
  });

export const noticesSchema = z.strictObject({
  /** Where each reviewer team is told about plans that wait for it. */
  teams: z.record(team, z.array(noticeChannel).max(10)).default({}),
  slack: slack.optional(),
  smtp: smtp.optional(),
});
