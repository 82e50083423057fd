// Says why the gateway did not start, in a sentence for a person: what happened, and what to do about it.
interface SystemError extends Error {
  readonly code: string;
  readonly address?: string;
  readonly port?: number;
  readonly path?: string;
}

/** Messages of our own pass as they are; those of the operating system and of SQLite get what to do added. */
export function startTrouble(error: unknown, dataDir: string): string {
  if (!(error instanceof Error)) return String(error);
  if (!isSystemError(error)) return error.message;
  if (error.code.startsWith("ERR_PARSE_ARGS_"))
    return `${error.message.replace(/\.? To specify .*$/s, "")}. npm start -- --help lists the options.`;
  if (error.code === "ERR_SQLITE_ERROR")
    return `The record in ${dataDir} could not be opened (${error.message}). Nothing in it was changed. Check the file gatehouse.db and who may write to it, restore it from a backup, or choose another folder with --data.`;
  const place = error.path ?? dataDir;
  switch (error.code) {
    case "EADDRINUSE":
      return `${address(error)} is in use by another program. Choose another port with --port (it and the next three are taken), or --port 0 for any free ones.`;
    case "EACCES":
    case "EPERM":
      if (error.port !== undefined)
        return `This user may not listen on ${address(error)}. Choose another port with --port.`;
      return `This user may not write to ${place} (${error.code}). The data folder must belong to the user who starts the gateway; choose another one with --data.`;
    case "EROFS":
      return `${place} is on a file system that cannot be written to. Choose another data folder with --data.`;
    case "ENOSPC":
      return `The disk is full at ${place}. Free some space, or choose another data folder with --data.`;
    default:
      return error.message;
  }
}

function isSystemError(error: Error): error is SystemError {
  return "code" in error && typeof error.code === "string";
}

function address({ address: host = "", port = 0 }: SystemError): string {
  return `Port ${port} of ${host}`;
}
