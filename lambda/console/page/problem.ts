// Reads the problem that the gateway put into the page instead of what the address asked for.
import { Problem } from "./call.ts";

export function serverProblem(text: string | undefined): Problem | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { code, message, reference } = value as Readonly<Record<string, unknown>>;
    if (typeof code !== "string" || typeof message !== "string") return undefined;
    return new Problem(code, message, typeof reference === "string" ? reference : undefined);
  } catch {
    return undefined;
  }
}
