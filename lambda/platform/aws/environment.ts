// The names of what the deployment made, as it tells them to every function.

/** Field → environment variable; lib/ sets each of them. */
const names = {
  table: "GATEHOUSE_TABLE",
  archiveBucket: "GATEHOUSE_ARCHIVE_BUCKET",
  escrowBucket: "GATEHOUSE_ESCROW_BUCKET",
  dataKey: "GATEHOUSE_DATA_KEY",
  linkKey: "GATEHOUSE_LINK_KEY",
  signingKeys: "GATEHOUSE_SIGNING_KEYS",
  connectorSecret: "GATEHOUSE_CONNECTOR_SECRET",
  stateMachine: "GATEHOUSE_STATE_MACHINE",
  eventBus: "GATEHOUSE_EVENT_BUS",
} as const;

export type AwsNames = Readonly<Record<keyof typeof names, string>>;

/** Throws one error that names everything that is missing. */
export function readNames(env: Readonly<Record<string, string | undefined>>): AwsNames {
  const missing = Object.values(names).filter((name) => (env[name] ?? "") === "");
  if (missing.length > 0)
    throw new Error(`the environment does not say ${missing.join(", ")}: the deployment sets these`);
  const entries = Object.entries(names).map(([field, name]) => [field, env[name] ?? ""] as const);
  return Object.fromEntries(entries) as AwsNames;
}
