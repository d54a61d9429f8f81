/**
 * The coordinator behind `signalbox mcp`: the one that is there, or one of our own.
 *
 * C1 One that serves the state directory is used. When there is none, this process serves it, on a port that is free, and says so in
 *    `server.json`: whoever comes later, another `signalbox mcp` too, finds it.
 * C2 When the one in use is gone, the next request finds or becomes another. What was claimed stays claimed, with the same tokens.
 * C3 A request is sent a second time only when it cannot have been done: nothing listened, or it looks, or it carries a key.
 * C4 A token of the state directory goes to the process that wrote `server.json` and is alive, or to ourselves; nowhere else.
 */
import { join } from "node:path";
import { SignalboxError, StateInUseError } from "../base/errors.ts";
import { nearestStateDir, STATE_DIR_NAME } from "../base/nearest-state-dir.ts";
import { findLocalServer, tokenOf, type LocalServer, type TokenRole } from "../client/local-server.ts";
import type { ToolCaller } from "../server/mcp/call-tool.ts";
import { serve, type ServedCoordinator } from "../server/serve.ts";
import { namedPlace, type CoordinatorOptions, type Place } from "./coordinator-client.ts";
import type { Io } from "./io.ts";
import { Problems } from "./run-session.ts";
import { givenStateDir, refuseForeignDir } from "./state-dir.ts";
import { versionOfPackage } from "./version.ts";

/** How long another process may take from the lock of the state directory to its first answer. */
const OTHER_STARTS_MS = 10_000;
const LOOK_AGAIN_MS = 100;

export class McpCoordinator implements ToolCaller {
  readonly #io: Io;
  readonly #role: TokenRole;
  readonly #stateDir: string;
  /** Where the user said that it is; then nothing is looked for or started. */
  readonly #given: Place | undefined;
  #place: Place | undefined;
  #own: ServedCoordinator | undefined;
  #finding: Promise<Place> | undefined;

  constructor(io: Io, role: TokenRole, options: CoordinatorOptions) {
    this.#io = io;
    this.#role = role;
    this.#given = namedPlace(io, options, role);
    this.#stateDir = givenStateDir(io, options.stateDir) ?? nearestStateDir(io.cwd) ?? join(io.cwd, STATE_DIR_NAME);
  }

  get url(): string {
    return this.#current().url;
  }

  get token(): string {
    return this.#current().token;
  }

  /** Whether this process serves. */
  get isOwn(): boolean {
    return this.#own !== undefined;
  }

  /** @throws SignalboxError when there is none and none can be started */
  find(): Promise<Place> {
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  readonly send = async (request: Request): Promise<Response> => {
    const again = request.clone();
    try {
      return await fetch(request);
    } catch (error) {
      if (this.#given !== undefined || request.signal.aborted || !mayRepeat(request, error)) throw error;
    }
    const { url, token } = await this.find();
    const { pathname, search } = new URL(again.url);
    const moved = new Request(new URL(pathname + search, url), again);
    moved.headers.set("authorization", `Bearer ${token}`);
    return fetch(moved);
  };

  async close(): Promise<void> {
    await this.#finding?.catch(() => {});
    await this.#own?.close();
    this.#own = undefined;
  }

  #current(): Place {
    if (this.#place === undefined) throw new Error("there is no coordinator yet: find() comes first");
    return this.#place;
  }

  async #find(): Promise<Place> {
    this.#place = this.#given ?? (await this.#running()) ?? (await this.#start());
    return this.#place;
  }

  async #running(): Promise<Place | undefined> {
    const server = announcedIn(this.#stateDir);
    if (server === undefined || !(await answers(server))) return undefined;
    return { url: server.url, token: tokenOf(this.#stateDir, this.#role) };
  }

  async #start(): Promise<Place> {
    refuseForeignDir(this.#stateDir);
    const deadline = this.#io.env.clock.monotonic() + OTHER_STARTS_MS;
    for (;;)
      try {
        const { env } = this.#io;
        const { report } = new Problems(this.#io);
        const version = versionOfPackage();
        this.#own = await serve({ stateDir: this.#stateDir, env, version, port: 0, onProblem: report });
        return { url: this.#own.url, token: this.#own.tokens[this.#role] };
      } catch (error) {
        // Another process was first: as soon as it answers it is the one.
        if (!(error instanceof StateInUseError) || this.#io.env.clock.monotonic() > deadline) throw error;
        await new Promise<void>((resolve) => this.#io.env.timers.after(LOOK_AGAIN_MS, resolve));
        const other = await this.#running();
        if (other !== undefined) return other;
      }
  }
}

/** C3. */
function mayRepeat({ method, headers }: Request, error: unknown): boolean {
  if (method === "GET" || headers.has("idempotency-key")) return true;
  const { cause } = error as { readonly cause?: unknown };
  return causes(cause).some((each) => "code" in each && each.code === "ECONNREFUSED");
}

/** Fetch tries every address of a name and tells of all of them at once. */
function causes(cause: unknown): readonly Error[] {
  if (cause instanceof AggregateError) return cause.errors.filter((each) => each instanceof Error);
  return cause instanceof Error ? [cause] : [];
}

function announcedIn(stateDir: string): LocalServer | undefined {
  try {
    return findLocalServer(stateDir);
  } catch (error) {
    if (error instanceof SignalboxError && error.code === "server_unreachable") return undefined;
    throw error;
  }
}

/** C4. Its process is there, as was looked for before: whether it listens as well. */
async function answers({ url }: LocalServer): Promise<boolean> {
  try {
    const response = await fetch(new URL("/healthz", url), { redirect: "error" });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
