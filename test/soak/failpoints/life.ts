/** A process of the product with a failpoint armed, and what became of it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, startCli, type Cli, type CliResult } from "../../e2e/support/cli.ts";
import type { Armed } from "../../support/failpoints/arm.ts";
import type { Cell } from "./table.ts";

const ARM = pathToFileURL(fileURLToPath(new URL("../../support/failpoints/arm.ts", import.meta.url))).href;
/** Bound for a hang, not an expectation. */
const LIFE_MS_MAX = 240_000;
/** Longer than the shortest lease. */
const STOPPED_MS = 1_300;

export interface Life extends Cli {
  /** As `ended`, of a process that was woken up after it was stopped. A hang is ended, and told. */
  readonly over: Promise<CliResult & { readonly hung: boolean }>;
}

/** Starts a command in this folder, armed for the cell, if any. */
export function live(words: readonly string[], cwd: string, cell?: Cell): Life {
  const seen = join(cwd, "failpoints-seen");
  const armed: Armed = {
    seen,
    ...(cell !== undefined && { point: cell.point, action: cell.action, nth: cell.nth ?? 1, hit: hitFile(cwd) }),
  };
  const env = { SIGNALBOX_TEST_FAILPOINT: JSON.stringify(armed) };
  const started = startCli(words, { cwd, env, node: ["--import", ARM] });
  return { ...started, over: over(started, cwd, cell) };
}

const hitFile = (cwd: string): string => join(cwd, "failpoint-hit");

/** Whether the process came to where something was to happen. */
export const wasHit = (cwd: string): boolean => existsSync(hitFile(cwd));

async function over(life: Cli, cwd: string, cell: Cell | undefined): Promise<CliResult & { readonly hung: boolean }> {
  const { child, ended } = life;
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, LIFE_MS_MAX);
  if (cell?.action === "STOP") await wakeUp(child.pid!, ended, cwd);
  const result = await ended;
  clearTimeout(timer);
  return { ...result, hung };
}

async function wakeUp(pid: number, ended: Promise<unknown>, cwd: string): Promise<void> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isOver && !(wasHit(cwd) && isStopped(pid))) await sleep(10);
  if (isOver) return;
  await sleep(STOPPED_MS);
  if (isAlive(pid)) process.kill(pid, "SIGCONT");
}

function isStopped(pid: number): boolean {
  try {
    return /^\d+ \(.*\) T /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
