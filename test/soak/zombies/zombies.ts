/**
 * Goal: who was stopped for longer than a lease and comes back changes nothing that is not its own any more (I1, I2), and nothing is lost.
 * Method: real processes and SIGSTOP. In one round a worker is stopped with a claim in hand, its command goes on and ends well, somebody else
 * does the work, and the first wakes up and reports. In the other the server is stopped while two workers hold claims of it.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { foldAudit } from "../../../src/journal/fold.ts";
import type { JournalEntry } from "../../../src/journal/journal.ts";
import { openJournalReader } from "../../../src/journal/sqlite-reader.ts";
import { cli, jsonLines, makeFolder, startCli, type Cli } from "../../e2e/support/cli.ts";
import { seededRandom } from "../../../src/base/seeded-random.ts";
import type { Campaign } from "../campaign.ts";

const LEASE_MS = 1_000;
const ROUNDS = { small: 1, large: 25 };
/** Bound for a hang, not an expectation. */
const PATIENCE_MS = 30_000;

export const zombies: Campaign = {
  question: "Does a worker or a server that was stopped for longer than a lease do harm when it comes back?",
  run: async ({ size, seed }) => {
    const random = seededRandom(seed);
    const faults: string[] = [];
    const figures: Record<string, number> = {
      "workers stopped": 0,
      "late reports refused": 0,
      "servers stopped": 0,
      "leases ended": 0,
    };
    for (let round = 0; round < ROUNDS[size]; round++) {
      const stoppedMs = LEASE_MS + 300 + Math.floor(random() * 1_000);
      const trials = [stoppedWorker, stoppedServer].map((trial) =>
        inSite(async (site) => trial(site, stoppedMs, figures)),
      );
      for (const found of await Promise.all(trials)) faults.push(...found.map((fault) => `round ${round}: ${fault}`));
    }
    return { figures, faults };
  },
};

class Site {
  readonly cwd = makeFolder();
  readonly #started: Cli[] = [];

  start(...words: string[]): Cli {
    const life = startCli(words, { cwd: this.cwd });
    this.#started.push(life);
    return life;
  }

  async serve(): Promise<Cli> {
    const server = this.start("serve", "--json", "--port", "0");
    await server.printed("\n");
    return server;
  }

  async add(key: string): Promise<void> {
    const { code, stderr } = await cli(["items", "add", key, "--key", key, "--attempts", "5"], { cwd: this.cwd });
    if (code !== 0) throw new Error(`${key} was not added: ${stderr}`);
  }

  work(agent: string, command: string, ...words: string[]): Cli {
    return this.start("work", "--agent", agent, "--lease", `${LEASE_MS}ms`, "--json", ...words, "--", command);
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    for (let waited = 0; !isSo(); waited += 20) {
      if (waited > PATIENCE_MS) throw new Error(`waited in vain for ${what}`);
      await sleep(20);
    }
  }

  async journal(): Promise<readonly JournalEntry[]> {
    const reader = openJournalReader({ directory: join(this.cwd, ".signalbox"), env: nodeEnv() });
    try {
      const [run] = await reader.runs();
      const entries = await reader.audit(run!.id, { limit: 100_000 });
      if (JSON.stringify(foldAudit(entries).items) !== JSON.stringify((await reader.read(run!.id)).items))
        throw new Error("the state is not the fold of the log");
      return entries;
    } finally {
      await reader.close();
    }
  }

  async end(): Promise<void> {
    for (const { child } of this.#started) if (child.exitCode === null) child.kill("SIGKILL");
    await Promise.all(this.#started.map(({ ended }) => ended));
    rmSync(this.cwd, { recursive: true, force: true });
  }
}

async function inSite(trial: (site: Site) => Promise<string[]>): Promise<string[]> {
  const site = new Site();
  try {
    return await trial(site);
  } catch (error) {
    return [String(error)];
  } finally {
    await site.end();
  }
}

async function stoppedWorker(site: Site, stoppedMs: number, figures: Record<string, number>): Promise<string[]> {
  const server = await site.serve();
  await site.add("a");
  const first = site.work("first", "echo first >> did.txt; until test -e open; do sleep 0.02; done");
  const did = join(site.cwd, "did.txt");
  await site.until("the first to begin", () => existsSync(did));
  first.child.kill("SIGSTOP");
  figures["workers stopped"]! += 1;
  const second = await site.work("second", "echo second >> did.txt", "--once").ended;
  writeFileSync(join(site.cwd, "open"), "");
  await sleep(stoppedMs - LEASE_MS);
  first.child.kill("SIGCONT");
  await first.printed(/work\.lost/);
  figures["late reports refused"]! += 1;
  // It is alive and well, and does what comes next.
  await site.add("b");
  await first.printed(/"item":"b"[^]*work\.(done|completed)|work\.(done|completed)[^\n]*"b"/).catch(() => {});
  await site.until("b to be done", () => readFileSync(did, "utf8").split("\n").length >= 4);
  first.child.kill("SIGTERM");
  await first.ended;
  server.child.kill("SIGTERM");
  await server.ended;
  const entries = await site.journal();
  const faults = second.code === 0 ? [] : [`the second ended with ${second.code}: ${second.stderr}`];
  return [...faults, ...doneOnce(entries, 0), ...tokensGrow(entries)];
}

async function stoppedServer(site: Site, stoppedMs: number, figures: Record<string, number>): Promise<string[]> {
  const server = await site.serve();
  for (const key of ["a", "b"]) await site.add(key);
  const command = "echo $SIGNALBOX_ITEM >> did.txt; until test -e open; do sleep 0.02; done";
  const workers = ["first", "second"].map((agent) => site.work(agent, command, "--until-empty"));
  const did = join(site.cwd, "did.txt");
  await site.until("both to begin", () => existsSync(did) && readFileSync(did, "utf8").split("\n").length >= 3);
  server.child.kill("SIGSTOP");
  figures["servers stopped"]! += 1;
  writeFileSync(join(site.cwd, "open"), "");
  await sleep(stoppedMs);
  server.child.kill("SIGCONT");
  const ends = await Promise.all(workers.map(({ ended }) => ended));
  server.child.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  const entries = await site.journal();
  figures["leases ended"]! += entries.filter(({ reason }) => reason?.code === "lease_expired").length;
  const faults = code === 0 ? [] : [`the server ended with ${code}: ${stderr}`];
  // 1: a claim was lost on the way, which may be; then somebody has done it again.
  faults.push(
    ...ends
      .filter((end) => end.code !== 0 && end.code !== 1)
      .map((end) => `a worker ended with ${end.code}: ${end.stderr}`),
  );
  const accepted = ends.flatMap(({ stdout }) => jsonLines(stdout)).filter(({ event }) => event === "work.done").length;
  if (accepted !== 2) faults.push(`${accepted} reports were told to be accepted, of 2 items`);
  return [...faults, ...doneOnce(entries, 0), ...doneOnce(entries, 1), ...tokensGrow(entries)];
}

/** I2: the item is done, once, under the token of its last claim. */
function doneOnce(entries: readonly JournalEntry[], item: number): string[] {
  const moves = entries.filter((entry) => entry.item === item && entry.from !== entry.to);
  const done = moves.filter(({ to }) => to === "done").length;
  const last = moves.at(-1);
  return done === 1 && last?.to === "done" ? [] : [`item ${item} was done ${done} times, and is ${last?.to}`];
}

/** I1: a claim follows only on the end of the one before, with a greater token. */
function tokensGrow(entries: readonly JournalEntry[]): string[] {
  const claims = new Map<number, number>();
  const faults: string[] = [];
  for (const { item, from, to, token } of entries) {
    if (item < 0 || from === to || to !== "claimed") continue;
    if (from !== "todo") faults.push(`item ${item} was claimed while it was ${from}`);
    if (token <= (claims.get(item) ?? 0)) faults.push(`item ${item} was claimed again under token ${token}`);
    claims.set(item, token);
  }
  return faults;
}
