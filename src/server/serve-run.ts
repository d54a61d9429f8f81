/**
 * The board and the interface over one run of this process, for as long as it lasts: to look, to pause, to cancel and to retry.
 *
 * R1 Its tokens are known to whoever started it and to nobody else; they are on no disk and end with it.
 * R2 It neither starts nor ends the run.
 */
import type { Env } from "../base/env.ts";
import { NO_LOG } from "../base/log.ts";
import type { Run } from "../engine/run.ts";
import type { Journal } from "../journal/journal.ts";
import { handlerOf } from "./app.ts";
import { boardFolder, boardPages } from "./board-pages.ts";
import { routesOf } from "./coordinator-server.ts";
import { Coordinator } from "./coordinator.ts";
import { rawFacts } from "./listen.ts";
import type { Outputs } from "./outputs.ts";
import { plainLane } from "./plain-lane.ts";
import { openDoor } from "./serve.ts";
import { Doorkeeper, freshTokens, type Tokens } from "./tokens.ts";

export interface ServeRunOptions {
  /** Not started yet: what happened before is not shown. */
  readonly run: Run;
  readonly journal: Journal;
  readonly env: Env;
  readonly version: string;
  readonly liveItemsMax: number;
  /** Default 0: any that is free. */
  readonly port?: number;
  /** What its commands print. Default: nobody can look at that. */
  readonly outputs?: Outputs | undefined;
  /** Folder of the built board. Default: the one in this package. */
  readonly board?: string;
  readonly onProblem: (problem: Error) => void;
}

export interface ServedRun {
  readonly url: string;
  readonly tokens: Tokens;
  /** Takes nothing new; resolves when nothing is under way any more. */
  readonly close: () => Promise<void>;
}

/** @throws UsageError when it cannot listen on that port */
export async function serveRun(options: ServeRunOptions): Promise<ServedRun> {
  const { run, journal, env, version, liveItemsMax, port = 0, outputs, board = boardFolder(), onProblem } = options;
  const coordinator = new Coordinator({
    openJournal: () => Promise.resolve(journal),
    env,
    defaultName: run.plan.name,
    onProblem,
  });
  coordinator.show(journal, run, { name: run.plan.name, liveItemsMax, conflicts: "report" });
  const hosts = new Set<string>();
  const tokens = freshTokens();
  const routes = routesOf(coordinator, { version, hosts, outputs });
  const parts = { routes, gate: { hosts }, doorkeeper: new Doorkeeper(tokens), onProblem };
  const fetch = handlerOf({ ...parts, pages: boardPages(board) }, rawFacts);
  const door = await openDoor({ fetch, lane: plainLane(parts) }, { host: "127.0.0.1", port, env, hosts, log: NO_LOG });
  return { ...door, tokens };
}
