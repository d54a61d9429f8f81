/**
 * Goal: what the coordinator promises its users holds while many of them work at once and it is killed again and again: each item's
 * history is linearizable, nothing that was acknowledged is lost, who follows the events sees each once and in order.
 * Method: real processes, killed with -9; clients over HTTP that repeat what was lost or leave it open; the histories go to the
 * checker in `linear/`, the rest is compared with the journal.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { sqliteJournal } from "../../../src/journal/sqlite-journal.ts";
import { seededRandom } from "../../../src/base/seeded-random.ts";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { startServer } from "../server-process.ts";
import { beClient } from "./client.ts";
import { Follower } from "./follower.ts";
import { foldFaults, historyFaults, lostFaults, streamFaults, type Journaled } from "./judge.ts";
import { send } from "./send.ts";
import { World } from "./world.ts";

export interface TrialSize {
  readonly clients: number;
  readonly operations: number;
  readonly places: number;
  /** Operations between two kills, about. */
  readonly killEvery: number;
}

const SIZES: Readonly<Record<CampaignOptions["size"], TrialSize>> = {
  small: { clients: 32, operations: 1_000, places: 50, killEvery: 300 },
  large: { clients: 32, operations: 20_000, places: 50, killEvery: 600 },
};
const LAST_ITEM = "the-end";

export const coordinator: Campaign = {
  question: "32 clients work on 50 items over HTTP while the server is killed with -9 and started again",
  run: (options) => coordinatorTrial(SIZES[options.size], options),
};

export async function coordinatorTrial(
  size: TrialSize,
  options: Omit<CampaignOptions, "size">,
): Promise<CampaignResult> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-soak-"));
  try {
    return await trial(join(folder, "state"), size, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function trial(
  stateDir: string,
  { clients, operations, places, killEvery }: TrialSize,
  { seed, say, progress }: Omit<CampaignOptions, "size">,
): Promise<CampaignResult> {
  const random = seededRandom(seed);
  const world = new World(startServer(stateDir), places, operations);
  const [project] = await call<{ readonly id: string }[]>(world, "/api/projects");
  const followers = [new Follower(world, project!.id), new Follower(world, project!.id, 100)];
  const following = followers.map((follower) => follower.followTo(LAST_ITEM));
  const began = performance.now();
  const agents = Array.from({ length: clients }, (_, n) => `agent-${n % 8}`);
  const killing = killAgainAndAgain(world, stateDir, killEvery, random, (kills) => {
    say(`killed ${kills} times, ${world.counts.acknowledged} acknowledged`);
    progress?.({ kills, ...world.counts }, world.faults);
  });
  await Promise.all(agents.map((agent, n) => beClient({ world, agent, random: seededRandom(seed * 1_000 + n) })));
  const lives = await killing;
  const seconds = (performance.now() - began) / 1_000;
  await send(world, { role: "plan", path: "/api/work-items", body: { key: LAST_ITEM, title: "The end" } });
  await Promise.all(following);
  const { items } = await call<{ readonly items: Shown[] }>(world, "/api/work-items?limit=1000");
  const rows = await auditRows(world, project!.id);
  const { child, ended } = await world.server;
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  const left = readdirSync(stateDir).filter((name) => /^(run\.lock|server)\.json$/.test(name));
  say("judging");
  const judgingSince = performance.now();
  const journaled = await journalOf(stateDir, project!.id, rows);
  const faults = [
    ...world.faults,
    ...(code === 0 ? [] : [`the server ended with ${code}: ${stderr}`]),
    ...left.map((name) => `${name} is left in the state directory`),
    ...lives.filter((count) => count === 0).map(() => "a server acknowledged nothing before it was killed"),
    ...historyFaults(world.histories),
    ...lostFaults(world.acknowledged, journaled),
    ...foldFaults(items, journaled),
    ...streamFaults("one stream", followers[0]!.events, rows),
    ...streamFaults("many streams", followers[1]!.events, rows),
  ];
  const figures = {
    operations,
    seconds,
    kills: lives.length,
    ...world.counts,
    items: world.histories.size,
    events: rows.length,
    streams: followers[1]!.streams,
    checkMs: performance.now() - judgingSince,
  };
  return { figures, faults };
}

interface Shown {
  readonly key: string;
  readonly status: string;
  readonly attempt: number;
  readonly seq: number;
}

/** Answers how much each life acknowledged before it was ended. */
async function killAgainAndAgain(
  world: World,
  stateDir: string,
  every: number,
  random: () => number,
  told: (kills: number) => void,
): Promise<number[]> {
  const lives: number[] = [];
  for (;;) {
    const { child, ended } = await world.server;
    const before = world.counts.acknowledged;
    const operations = world.begun + (0.5 + random()) * every;
    while (!world.isDone && (world.begun < operations || world.counts.acknowledged === before))
      await sleep(5 * random());
    if (world.isDone) return lives;
    lives.push(world.counts.acknowledged - before);
    child.kill("SIGKILL");
    world.server = ended.then(() => startServer(stateDir));
    await world.server;
    told(lives.length);
  }
}

/** A row of the audit log, as the wire has it. */
interface Row extends Readonly<Record<string, unknown>> {
  readonly item?: string;
}

async function call<T>(world: World, path: string): Promise<T> {
  const reply = await send(world, { role: "read", path });
  // Nothing kills the server any more, or yet.
  return reply!.body as T;
}

async function auditRows(world: World, project: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const path = `/api/projects/${project}/audit?after=${rows.length}`;
    const page = await call<{ readonly rows: Row[] }>(world, path);
    if (page.rows.length === 0) return rows;
    rows.push(...page.rows);
  }
}

/** Read from the files, past the server. Recovering checks every sum of them. */
async function journalOf(stateDir: string, project: string, rows: readonly Row[]): Promise<Journaled> {
  const journal = await sqliteJournal({ directory: stateDir, env: nodeEnv() });
  try {
    await journal.recover(project);
    const entries = await journal.audit(project, { limit: 10_000_000 });
    const keys = new Map<number, string>();
    for (const { item, seq } of entries) if (item >= 0) keys.set(item, rows[seq - 1]?.item ?? "?");
    return { entries, keyOf: (item) => keys.get(item) ?? "?" };
  } finally {
    await journal.close();
  }
}
