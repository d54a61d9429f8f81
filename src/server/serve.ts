/**
 * A coordinator on a port of this machine.
 *
 * W1 `server.json` names it from the moment in which it answers until it stops.
 * W2 Stopping takes nothing new, ends what waits, answers what is under way, and leaves every claim as it is.
 */
import { openCoordinator, type CoordinatorServer, type CoordinatorServerOptions } from "./coordinator-server.ts";
import { announce, withdraw } from "./discovery.ts";
import type { Env } from "../base/env.ts";
import { UsageError } from "../base/errors.ts";
import { NO_LOG, type Log } from "../base/log.ts";
import { listen, rawFacts, type Listening } from "./listen.ts";

export interface ServeOptions extends Omit<CoordinatorServerOptions, "hosts"> {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 4747; 0 takes any that is free. */
  readonly port?: number;
}

export interface ServedCoordinator extends CoordinatorServer {
  readonly url: string;
}

const PORT_DEFAULT = 4747;
const CLOSE_GRACE_MS = 5_000;
/** The same machine by its other loopback address. */
const TWIN: ReadonlyMap<string, string> = new Map([
  ["127.0.0.1", "::1"],
  ["localhost", "::1"],
  ["::1", "127.0.0.1"],
]);
/** No client names these: the gate could not tell ours from others. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::", "::ffff:0:0", ""]);

/** @throws UsageError when it cannot listen there, and what `openCoordinator` throws */
export async function serve({
  host: given = "127.0.0.1",
  port = PORT_DEFAULT,
  log = NO_LOG,
  ...options
}: ServeOptions): Promise<ServedCoordinator> {
  const host = inShort(given);
  if (EVERY_ADDRESS.has(host))
    throw new UsageError(
      `expected one address of this machine as host, got ${given}, which is all of them; name the one that clients use`,
    );
  const hosts = new Set<string>();
  // The lock of the state directory first: a second server must not take a port that says it is there.
  const server = await openCoordinator({ ...options, hosts, log }, rawFacts);
  try {
    const { url, close } = await openDoor(server, { host, port, env: options.env, hosts, log });
    announce(options.stateDir, { url, pid: process.pid });
    return {
      ...server,
      url,
      close: async () => {
        withdraw(options.stateDir);
        const closed = close();
        await server.close();
        await closed;
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  readonly env: Env;
  /** Gets the names under which clients reach it. */
  readonly hosts: Set<string>;
  readonly log: Log;
}

export interface Door {
  readonly url: string;
  /** Takes nothing new; resolves when nothing is under way any more. */
  readonly close: () => Promise<void>;
}

type Handlers = Pick<CoordinatorServer, "fetch" | "lane" | "upgrades">;

/** Lets requests in. @throws UsageError when it cannot listen there */
export async function openDoor(server: Handlers, { host, port, env, hosts, log }: DoorOptions): Promise<Door> {
  const { fetch, lane, upgrades } = server;
  // The name means either of the two.
  const address = host === "localhost" ? "127.0.0.1" : host;
  const listening = await listen(fetch, { host: address, port, env, lane, upgrades, log });
  const other = TWIN.get(host);
  const twin = other === undefined ? undefined : await twinOf(server, { first: listening, host: other, env, log });
  for (const name of namesOf(host)) hosts.add(`${name}:${listening.port}`);
  return {
    url: `http://${wordOf(host)}:${listening.port}`,
    close: async () => {
      await Promise.all([listening.close(CLOSE_GRACE_MS), twin?.close(CLOSE_GRACE_MS)]);
    },
  };
}

/**
 * The same port of the other loopback address: `localhost` may mean either, and whoever else had that one would be sent our tokens.
 * @throws UsageError when something else has it
 */
async function twinOf(
  { fetch, lane, upgrades }: Handlers,
  { first, host, env, log }: { readonly first: Listening; readonly host: string; readonly env: Env; readonly log: Log },
): Promise<Listening | undefined> {
  try {
    return await listen(fetch, { host, port: first.port, env, lane, upgrades, log });
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    // This machine has no such address: then nobody else has it either.
    if (cause?.code === "EADDRNOTAVAIL" || cause?.code === "EAFNOSUPPORT") return undefined;
    await first.close(0);
    throw error;
  }
}

/** Names under which clients on this machine write the address. */
function namesOf(host: string): string[] {
  return [...new Set([wordOf(host), ...(TWIN.has(host) ? ["127.0.0.1", "localhost", "[::1]"] : [])])];
}

function wordOf(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

const ADDRESS = /^[\da-fx.]+$|:/;

/** An address the way in which clients send it, whatever way it was given: `0` and `::0` are all addresses, `127.1` is one. */
function inShort(host: string): string {
  const word = host.toLowerCase();
  // A name is none of ours to read.
  const url = ADDRESS.test(word) ? URL.parse(`http://${wordOf(word)}`) : null;
  return url?.hostname.replace(/^\[|\]$/g, "") ?? word;
}
