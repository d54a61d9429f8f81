/**
 * `signalbox run --board`: the board over the run of this process. A person at a terminal gets an address with which they may act, and
 * the board stays after the end until they are done with it; a log gets one that only looks, and nothing is held up but for the
 * moment in which pages that are open fetch how it ended.
 */
import type { Run } from "../engine/run.ts";
import type { Journal } from "../journal/journal.ts";
import type { Outputs } from "../server/outputs.ts";
import { serveRun } from "../server/serve-run.ts";
import { inspectionOfBoard } from "./inspect-host.ts";
import type { Io } from "./io.ts";
import { versionOfPackage } from "./version.ts";

/** How long a page that follows has to fetch the end. */
const LAST_LOOK_MS = 1_000;

export interface RunBoardParts {
  readonly run: Run;
  readonly journal: Journal;
  readonly liveItemsMax: number;
  /** What its commands print; `undefined` for a run of functions only. */
  readonly outputs: Outputs | undefined;
  readonly onProblem: (problem: Error) => void;
}

export interface RunBoard {
  /** Resolves when nobody at this terminal wants to look any more; without one, when those who looked on know how it ended. */
  stay(): Promise<void>;
  close(): Promise<void>;
}

/** @throws UsageError when there is no port to be had */
export async function openRunBoard(io: Io, parts: RunBoardParts): Promise<RunBoard> {
  const inspection = await inspectionOfBoard(io.env);
  const { url, tokens, close, wasFollowed } = await serveRun({
    ...parts,
    inspection,
    env: io.env,
    version: versionOfPackage(),
  });
  const isWatched = io.stderr.isTerminal;
  io.stderr.write(`The board: ${url}/#token=${isWatched ? tokens.plan : tokens.read}\n`);
  return {
    stay: async () => {
      if (!isWatched) {
        if (wasFollowed()) await new Promise<void>((done) => void io.env.timers.after(LAST_LOOK_MS, done));
        return;
      }
      io.stderr.write(`The board stays at ${url}/ until Ctrl-C.\n`);
      await new Promise<void>((done) => {
        const off = io.onSignal(() => {
          off();
          done();
        });
      });
    },
    close,
  };
}
