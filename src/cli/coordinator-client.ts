/** Which coordinator a command means, and with which token. */
import { resolve } from "node:path";
import { SignalboxError } from "../base/errors.ts";
import { nearestStateDir } from "../base/nearest-state-dir.ts";
import { createClient, type Client } from "../client/client.ts";
import { findLocalServer, tokenFor, tokenInFile, tokenOf, type TokenRole } from "../client/local-server.ts";
import type { Io } from "./io.ts";
import { givenStateDir } from "./state-dir.ts";

export interface CoordinatorOptions {
  /** Its address. Default: of the coordinator that serves the state directory. */
  readonly server?: string;
  /** A file with a token alone, or with tokens by role. */
  readonly tokenFile?: string;
  readonly stateDir?: string;
}

/** Where a coordinator is, and a token of it. */
export interface Place {
  readonly url: string;
  readonly token: string;
}

export interface CoordinatorOf {
  readonly client: Client;
  readonly url: string;
}

/**
 * A client of the coordinator that the options, the environment or the folder name, in this order, with the least role that does.
 * @throws SignalboxError `server_unreachable`, `unauthorized`; UsageError
 */
export function coordinatorOf(io: Io, options: CoordinatorOptions, role: TokenRole, retryForMs: number): CoordinatorOf {
  const stateDir = givenStateDir(io, options.stateDir) ?? nearestStateDir(io.cwd);
  const named = namedPlace(io, options, role);
  const found = named === undefined ? findLocalServer(stateDir, io.cwd) : undefined;
  const { url, token } = named ?? withToken(io, options, { url: found!.url, stateDir, role });
  if (found === undefined) return { url, client: createClient({ url, token, retryForMs, env: io.env }) };
  // Both are asked for with each request: a worker may go on for longer than its coordinator, and the next one has another address.
  const isOurs = options.tokenFile === undefined && !hasTokenOfEnvironment(io);
  const client = createClient({
    url: () => findLocalServer(found.stateDir).url,
    token: isOurs ? (url) => tokenFor({ ...found, url }, role) : token,
    retryForMs,
    env: io.env,
  });
  return { url, client };
}

/**
 * The coordinator that the options or the environment name; `undefined` when neither does.
 * @throws SignalboxError `unauthorized`, UsageError
 */
export function namedPlace(io: Io, options: CoordinatorOptions, role: TokenRole): Place | undefined {
  const url = options.server ?? io.variables["SIGNALBOX_SERVER"];
  const stateDir = givenStateDir(io, options.stateDir) ?? nearestStateDir(io.cwd);
  return url === undefined ? undefined : withToken(io, options, { url, stateDir, role });
}

function withToken(io: Io, options: CoordinatorOptions, wanted: Wanted): Place {
  return { url: wanted.url, token: tokenAsGiven(io, options, wanted) };
}

interface Wanted {
  readonly url: string;
  readonly stateDir: string | undefined;
  readonly role: TokenRole;
}

function tokenAsGiven(io: Io, { tokenFile }: CoordinatorOptions, { url, stateDir, role }: Wanted): string {
  if (tokenFile !== undefined) return tokenInFile(resolve(io.cwd, tokenFile), role);
  if (hasTokenOfEnvironment(io)) return io.variables["SIGNALBOX_TOKEN"]!;
  // The tokens of this folder are for its own coordinator: no other address is ever sent one.
  if (stateDir !== undefined && isServedAt(stateDir, url, io.cwd)) return tokenOf(stateDir, role);
  throw new SignalboxError(
    "unauthorized",
    `expected a token for ${url}, got none; name a file that holds one with --token-file FILE, or set SIGNALBOX_TOKEN`,
  );
}

function hasTokenOfEnvironment({ variables }: Io): boolean {
  return (variables["SIGNALBOX_TOKEN"] ?? "") !== "";
}

function isServedAt(stateDir: string, url: string, cwd: string): boolean {
  try {
    const local = new URL(findLocalServer(stateDir, cwd).url);
    const asked = new URL(url);
    return asked.origin === local.origin || (isLoopback(asked) && isLoopback(local) && asked.port === local.port);
  } catch {
    return false;
  }
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
}
