/** The coordinator of a state directory on this machine: where it is, and the tokens of its user. For Node only. */
import { constants, closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf } from "../base/error-message.ts";
import { SignalboxError, UsageError } from "../base/errors.ts";
import { textIfThere } from "../base/if-there.ts";
import { nearestStateDir, STATE_DIR_NAME } from "../base/nearest-state-dir.ts";
import { processState } from "../base/other-process.ts";
import { createClient, type Client, type ClientOptions } from "./client.ts";

/** What a token allows: to look; also to claim and report; also to create, cancel and requeue; everything. */
export type TokenRole = "read" | "worker" | "plan" | "admin";

export interface LocalServer {
  readonly url: string;
  /** Its process. */
  readonly pid: number;
  readonly stateDir: string;
}

export interface LocalClientOptions extends Omit<ClientOptions, "url" | "token"> {
  /** State directory of the coordinator. Default: the nearest `.signalbox` from the working folder upwards. */
  readonly stateDir?: string;
  /** What the client may do. Default `worker`. */
  readonly role?: TokenRole;
}

/**
 * A client of the coordinator that runs on this machine, found by its state directory, and found again when it comes back at another
 * address.
 * @throws SignalboxError `server_unreachable` when none says that it is there, `unauthorized` when its tokens cannot be read
 */
export function localClient({ stateDir, role = "worker", ...options }: LocalClientOptions = {}): Client {
  const server = findLocalServer(stateDir);
  return createClient({
    ...options,
    url: () => findLocalServer(server.stateDir).url,
    token: (url) => tokenFor({ ...server, url }, role),
  });
}

/**
 * A token for a coordinator that was found, as long as it is there: whoever listens at its address after it has gone gets none.
 * @throws SignalboxError `server_unreachable`, `unauthorized`, UsageError
 */
export function tokenFor({ url, stateDir }: LocalServer, role: TokenRole): string {
  if (findLocalServer(stateDir).url === url) return tokenOf(stateDir, role);
  throw notThere(stateDir, "the one that serves it now has another address");
}

/**
 * The coordinator that said last that it serves this state directory, by default the nearest `.signalbox` from `from` upwards, if its
 * process is alive; whether it still answers, a request shows.
 * @throws SignalboxError `server_unreachable`
 */
export function findLocalServer(stateDir?: string, from: string = process.cwd()): LocalServer {
  const folder = stateDir === undefined ? nearestStateDir(from) : resolve(from, stateDir);
  const note = folder === undefined ? undefined : noteIn(folder);
  const where = folder ?? `${STATE_DIR_NAME} here or above (${from})`;
  if (folder === undefined || note === undefined) throw notThere(where, "none says that it is there");
  // One that was killed has left its note, and anybody may listen at its address by now.
  if (!isAlive(note.pid)) throw notThere(where, `the one that served it, process ${note.pid}, has gone`);
  return { ...note, stateDir: folder };
}

const START_ONE = "start one with `signalbox serve`, or say where it is";

function notThere(where: string, why: string, advice = START_ONE): SignalboxError {
  return new SignalboxError("server_unreachable", `expected a coordinator of ${where}, but ${why}; ${advice}`);
}

/** A process of another user is none that could have written here. */
function isAlive(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 0 && processState(pid) === "ours";
}

function noteIn(stateDir: string): { readonly url: string; readonly pid: number } | undefined {
  const text = noteText(stateDir);
  try {
    const note: unknown = JSON.parse(text ?? "null");
    if (typeof note !== "object" || note === null || !("url" in note) || !("pid" in note)) return undefined;
    const { url, pid } = note;
    return typeof url === "string" && typeof pid === "number" ? { url, pid } : undefined;
  } catch {
    return undefined;
  }
}

/** What may not be read is no sign that there is no coordinator. */
function noteText(stateDir: string): string | undefined {
  try {
    return textIfThere(join(stateDir, "server.json"));
  } catch (error) {
    const why = `the note about it cannot be read: ${messageOf(error)}`;
    throw notThere(stateDir, why, "ask as the user who serves there, or say where it is");
  }
}

/**
 * The token of a role, from the file that a coordinator keeps in its state directory.
 * @throws SignalboxError `unauthorized` when there is none that can be used
 */
export function tokenOf(stateDir: string, role: TokenRole): string {
  return tokenInFile(join(stateDir, "server-tokens.json"), role);
}

/**
 * A token from a file that only its owner can read: the tokens of a coordinator, or one token alone.
 * @throws SignalboxError `unauthorized`, UsageError when others can read the file
 */
export function tokenInFile(path: string, role: TokenRole): string {
  const text = privateText(path).trim();
  const token = text.startsWith("{") ? memberOf(text, role) : text;
  if (token !== undefined && /^[!-~]{1,512}$/.test(token)) return token;
  throw noToken(path, `it holds no token with the role ${role}`);
}

function privateText(path: string): string {
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    throw noToken(path, messageOf(error));
  }
  try {
    if (process.getuid !== undefined && (fstatSync(handle).mode & 0o077) !== 0)
      throw new UsageError(`expected a file of tokens that only its owner can read, got ${path}; \`chmod 600\` it`);
    return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
}

function memberOf(text: string, role: TokenRole): string | undefined {
  try {
    const tokens: unknown = JSON.parse(text);
    const token = new Map<string, unknown>(Object.entries(tokens as object)).get(role);
    return typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}

function noToken(path: string, why: string): SignalboxError {
  return new SignalboxError(
    "unauthorized",
    `expected a token of the coordinator in ${path}, but ${why}; name a file that holds one`,
  );
}
