// A process that writes records, bodies and escrow until it is killed, and prints what was acknowledged.
import { writeSync } from "node:fs";
import { openLocalPlatform } from "../../../lambda/platform/local/platform.ts";
import { createLedger } from "../../../lambda/record/ledger.ts";
import { intent, outcome } from "../contract/samples.ts";

const [, , folder = "", mode = "records"] = process.argv;
const platform = await openLocalPlatform(folder, {
  onDue: () => Promise.resolve(undefined),
  onApproved: () => Promise.resolve(),
  onGivenUp: () => undefined,
});
const ledger = createLedger({ store: platform.records, clock: platform.clock, ids: platform.ids });
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};

async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield await Promise.resolve(Buffer.alloc(64 * 1024, at));
}

async function writeEntries(): Promise<never> {
  while (true) {
    const entry = platform.ids.next("req");
    await ledger.write([intent(entry)]);
    say(`intent ${entry}`);
    await platform.bodies.put(`${entry}/response`, Buffer.from(entry));
    await ledger.write([outcome(entry)]);
    say(`outcome ${entry}`);
    await platform.escrow.put(entry, chunks(3));
    say(`escrow ${entry}`);
  }
}

if (mode === "records") await Promise.all(Array.from({ length: 8 }, writeEntries));
else {
  // Run under a limit on the size of files (`ulimit -f`): the disk "fills up" in the middle of the body.
  const result = await platform.escrow.put("req_big", chunks(100)).then(
    () => "stored",
    (error: unknown) =>
      typeof error === "object" && error !== null && "code" in error ? String(error.code) : "?",
  );
  say(`${result} ${(await platform.escrow.list()).length}`);
  await platform.close();
}
