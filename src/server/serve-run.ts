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
import { pagesOf, routesOf } from "./coordinator-server.ts";
import { Coordinator } from "./coordinator.ts";
import type { Inspection } from "./inspect-door.ts";
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
  /** Shows its actors at `/inspect`; closed with this. Default: nothing does. */
  readonly inspection?: Inspection;
  readonly onProblem: (problem: Error) => void;
}

export interface ServedRun {
  readonly url: string;
  readonly tokens: Tokens;
  /** Whether somebody was following when the run ended: they are about to fetch how. */
  readonly wasFollowed: () => boolean;
  /** Takes nothing new; resolves when nothing is under way any more. */
  readonly close: () => Promise<void>;
}

/** @throws UsageError when it cannot listen on that port */
export async function serveRun(options: ServeRunOptions): Promise<ServedRun> {
  const { run, journal, env, version, liveItemsMax, outputs, inspection, onProblem } = options;
  const { port = 0, board = boardFolder() } = options;
  const coordinator = new Coordinator({
    openJournal: () => Promise.resolve(journal),
    env,
    defaultName: run.plan.name,
    onProblem,
  });
  const project = coordinator.show(journal, run, { name: run.plan.name, liveItemsMax, conflicts: "report" });
  const hosts = new Set<string>();
  const tokens = freshTokens();
  const routes = routesOf(coordinator, { version, hosts, outputs, inspect: inspection !== undefined });
  const parts = { routes, gate: { hosts }, doorkeeper: new Doorkeeper(tokens), onProblem };
  const { pages, upgrades } = pagesOf(boardPages(board), inspection, parts);
  const fetch = handlerOf({ ...parts, ...(pages !== undefined && { pages }) }, rawFacts);
  const handlers = { fetch, lane: plainLane(parts), upgrades };
  const unwatch = inspection?.watch(run);
  const door = await openDoor(handlers, { host: "127.0.0.1", port, env, hosts, log: NO_LOG });
  const close = async (): Promise<void> => {
    const closed = door.close();
    unwatch?.();
    await inspection?.close();
    await closed;
  };
  const wasFollowed = (): boolean => project.hub.readersAtEnd > 0;
  return { url: door.url, close, tokens, wasFollowed };
}
