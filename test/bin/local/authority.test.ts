// What clients that trust the local authority accept, and what they still refuse.
import "reflect-metadata";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { localTls } from "../../../bin/local/authority.ts";

const dayMs = 24 * 60 * 60_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-tls-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** "trusted", or why a client that trusts the authority refuses this server under that name. */
async function ask(tls: { key: string; cert: string }, ca: string, servername: string): Promise<string> {
  const server = createServer(tls, (_request, answer) => answer.end("trusted")).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await new Promise((resolve) => {
      const { port } = server.address() as AddressInfo;
      get({ host: "127.0.0.1", port, servername, ca, agent: false }, (answer) => {
        answer.setEncoding("utf8").once("data", resolve);
      }).once("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code === undefined || error.code === "UNSPECIFIED" ? error.message : error.code);
      });
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("The certificate of --tls", () => {
  it.each([
    "gw.example.test",
    "api.gw.example.test",
    "copilot-api.gw.example.test",
    "localhost",
    "api.localhost",
  ])("is good for %s", async (name) => {
    const tls = await localTls(folder, "gw.example.test", Date.now());
    expect(await ask(tls, await readFile(tls.caFile, "utf8"), name)).toBe("trusted");
  });

  it("is good for no other name", async () => {
    const tls = await localTls(folder, "gw.example.test", Date.now());
    const ca = await readFile(tls.caFile, "utf8");
    expect(await ask(tls, ca, "example.test")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("comes from the same authority at the next start, with another key", async () => {
    const first = await localTls(folder, "localhost", Date.now());
    const ca = await readFile(first.caFile, "utf8");
    const second = await localTls(folder, "localhost", Date.now() + 100 * dayMs);
    expect(await readFile(second.caFile, "utf8")).toBe(ca);
    expect(second.key).not.toBe(first.key);
    expect(await ask(await localTls(folder, "localhost", Date.now()), ca, "localhost")).toBe("trusted");
  });
});

describe("The authority of a data folder", () => {
  it("is not believed when its key signs for another host", async () => {
    const { caFile } = await localTls(folder, "localhost", Date.now());
    const ca = new x509.X509Certificate(await readFile(caFile, "utf8"));
    const pem = await readFile(join(folder, "tls", "localhost.ca-key.pem"), "utf8");
    const der = x509.PemConverter.decode(pem)[0] ?? new ArrayBuffer();
    const signingKey = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const leaf = await x509.X509CertificateGenerator.create({
      subject: "CN=github.com",
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "github.com" }])],
    });
    const key = x509.PemConverter.encode(
      await crypto.subtle.exportKey("pkcs8", keys.privateKey),
      "PRIVATE KEY",
    );
    const forged = { key, cert: leaf.toString("pem") };
    expect(await ask(forged, ca.toString("pem"), "github.com")).toBe("permitted subtree violation");
  });

  it("keeps its key from others on the machine, and is not used once they may read it", async () => {
    await localTls(folder, "localhost", Date.now());
    const keyFile = join(folder, "tls", "localhost.ca-key.pem");
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    await chmod(keyFile, 0o644);
    await expect(localTls(folder, "localhost", Date.now())).rejects.toThrow(
      /others on this machine may read/,
    );
  });

  it("says what to do before it ends", async () => {
    await localTls(folder, "localhost", Date.now());
    await expect(localTls(folder, "localhost", Date.now() + 3300 * dayMs)).rejects.toThrow(
      /Remove it and .* start again, and let the clients trust the new one/,
    );
  });

  it("of which only the key is left is a clear error", async () => {
    const { caFile } = await localTls(folder, "localhost", Date.now());
    await rm(caFile);
    await expect(localTls(folder, "localhost", Date.now())).rejects.toThrow(/is missing/);
  });
});
