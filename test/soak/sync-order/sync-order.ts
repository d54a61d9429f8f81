/**
 * Goal: no acknowledgement precedes its sync (I7). Method: real processes, a run that prints its events and a server that answers
 * requests, each watched in two ways: by strace, which sees the calls of the system in their order, where there is one; and everywhere
 * by what SQLite was told in the journal's thread and what the thread said then. The second shows our order and SQLite's settings, not
 * that SQLite syncs.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makeFolder, startCli } from "../../e2e/support/cli.ts";
import type { Campaign } from "../campaign.ts";
import { commitOrder } from "./commit-faults.ts";
import { syncOrder, type SyncOrder } from "./order.ts";

const SIZES = { small: { items: 24, requests: 16 }, large: { items: 1_000, requests: 1_000 } };
const COMMIT_ORDER = pathToFileURL(fileURLToPath(new URL("./commit-order.ts", import.meta.url))).href;
const STRACE = ["strace", "-f", "-y", "-s", "4200", "-e", "trace=pwrite64,fdatasync,fsync,write,writev,sendmsg,sendto"];

/** Whether the system's calls can be watched here. */
export function canTrace(): boolean {
  try {
    execFileSync("strace", ["-e", "trace=none", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export const syncOrderAudit: Campaign = {
  question: "Is anything printed or answered before the journal's log with it was synced?",
  run: async ({ size }) => {
    const { items, requests } = SIZES[size];
    const faults: string[] = [];
    const figures: Record<string, number> = {};
    const traced = canTrace();
    const judge = (name: string, { trace, commits }: Watched, expected: number): void => {
      const order = commitOrder(commits);
      figures[`${name}: acknowledgements of the journal's thread behind their commit`] = order.acknowledged;
      faults.push(...order.faults);
      if (order.acknowledged < expected / 8)
        faults.push(`${name}: only ${order.acknowledged} acknowledgements were seen`);
      if (trace === undefined) return;
      figures[`${name}: answers behind their sync, by strace`] = trace.acknowledged - trace.early.length;
      figures[`${name}: syncs, by strace`] = trace.syncs;
      faults.push(...trace.early.map((early) => `${name}: ${early}`));
      if (trace.acknowledged !== expected)
        faults.push(`${name}: strace saw ${trace.acknowledged} of ${expected} answers`);
    };
    const [ran, served] = await Promise.all([runTrial(items, traced), serveTrial(requests, traced)]);
    judge("run", ran, items);
    judge("serve", served, requests);
    return { figures, faults };
  },
};

interface Watched {
  readonly trace: SyncOrder | undefined;
  readonly commits: string;
}

const markOf = (n: number): string => `mark-${String(n).padStart(4, "0")}`;

/** Each item's output is its mark; the event that it is done is the answer. */
async function runTrial(items: number, traced: boolean): Promise<Watched> {
  const tasks = Array.from({ length: items }, (_, n) => [
    markOf(n),
    { run: `echo '"${markOf(n)}"' > "$SIGNALBOX_OUTPUT"`, attemptsMax: 1 },
  ]);
  const folder = makeFolder({ "plan.json": JSON.stringify({ tasks: Object.fromEntries(tasks) as object }) });
  const life = start(folder, ["run", "plan.json", "--json"], traced);
  const { code, stderr } = await life.ended;
  if (code !== 0) throw new Error(`the run ended with ${code}: ${stderr}`);
  return watched(folder, traced, (text) => text.includes("item.done"));
}

/** Each request adds an item whose key and title are its mark; four are under way at once. */
async function serveTrial(requests: number, traced: boolean): Promise<Watched> {
  const folder = makeFolder();
  const life = start(folder, ["serve", "--json", "--port", "0", "--state-dir", join(folder, "state")], traced);
  await life.printed("\n");
  const { url, pid } = JSON.parse(life.stdout().split("\n")[0]!) as { readonly url: string; readonly pid?: number };
  const tokens = JSON.parse(readFileSync(join(folder, "state", "server-tokens.json"), "utf8")) as Record<
    string,
    string
  >;
  let next = 0;
  const client = async (): Promise<void> => {
    for (let n = next++; n < requests; n = next++) {
      const headers = { authorization: `Bearer ${tokens["plan"]}`, "content-type": "application/json" };
      const body = JSON.stringify({ key: markOf(n), title: markOf(n) });
      const { status } = await fetch(`${url}/api/work-items`, { method: "POST", headers, body });
      if (status !== 201) throw new Error(`${markOf(n)} was answered with ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, client));
  process.kill(pid ?? servedBy(folder), "SIGTERM");
  await life.ended;
  return watched(folder, traced, (text) => text.includes("HTTP/1.1 201"));
}

const servedBy = (folder: string): number =>
  (JSON.parse(readFileSync(join(folder, "state", "server.json"), "utf8")) as { readonly pid: number }).pid;

function start(folder: string, words: readonly string[], traced: boolean): ReturnType<typeof startCli> {
  writeFileSync(join(folder, "commits"), "");
  return startCli(words, {
    cwd: folder,
    node: ["--import", COMMIT_ORDER],
    env: { SIGNALBOX_TEST_COMMIT_ORDER: join(folder, "commits") },
    ...(traced && { wrap: [...STRACE, "-o", join(folder, "trace")] }),
  });
}

function watched(folder: string, traced: boolean, isAnswer: (text: string) => boolean): Watched {
  const trace =
    traced && existsSync(join(folder, "trace"))
      ? syncOrder(readFileSync(join(folder, "trace"), "latin1"), isAnswer)
      : undefined;
  const commits = readFileSync(join(folder, "commits"), "utf8");
  rmSync(folder, { recursive: true, force: true });
  return { trace, commits };
}
