/** The trial of `full-disk.ts`, in its own process: `node inside.ts mount|limit ROUNDS`. Prints its result as one line of JSON. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { foldAudit } from "../../../src/journal/fold.ts";
import { openJournalReader } from "../../../src/journal/sqlite-reader.ts";
import { cli, jsonLines, makeFolder, startCli, type Cli } from "../../e2e/support/cli.ts";
import { doneTwice, lost, unreturned } from "../../e2e/support/log-faults.ts";
import type { CampaignResult } from "../campaign.ts";

const DISK_BYTES = 8 * 1024 * 1024;
const ITEMS = 40;
/** Each output is so long that all of them need more than what is left free. */
const OUTPUT_CHARS = 8_000;

const [ground, rounds = "1"] = process.argv.slice(2);
const faults: string[] = [];
const figures: Record<string, number> = {
  "on a small file system": ground === "mount" ? 1 : 0,
  runs: 0,
  refusals: 0,
  answers: 0,
};
const count = (what: string): number => (figures[what] = (figures[what] ?? 0) + 1);

/** A place for a state directory that has little room, and the ways to take and give room. */
interface Disk {
  readonly state: string;
  /** Leaves so many bytes. */
  readonly fill: (leave: number) => void;
  readonly empty: () => void;
  /** Starts a process that may not write more, where no disk can be had. */
  readonly wrap: readonly string[];
}

function makeDisk(folder: string): Disk {
  const at = join(folder, "disk");
  mkdirSync(at);
  const state = join(at, "state");
  if (ground !== "mount") {
    const limit = 'trap "" XFSZ; ulimit -f 700; exec "$@"';
    return { state, fill: () => {}, empty: () => {}, wrap: ["sh", "-c", limit, "sh"] };
  }
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", at]);
  const ballast = join(at, "ballast");
  const free = (): number => {
    const { bavail, bsize } = statfsSync(at);
    return bavail * bsize;
  };
  return {
    state,
    fill: (leave) => writeFileSync(ballast, Buffer.alloc(Math.max(0, free() - leave))),
    empty: () => rmSync(ballast, { force: true }),
    wrap: [],
  };
}

/** A run that comes to the end of the disk, at another place in each round; it goes on when there is room. */
async function runOn(disk: Disk, folder: string, round: number): Promise<void> {
  const text = "x".repeat(OUTPUT_CHARS);
  const run = `printf '"%s"' "${text}" > "$SIGNALBOX_OUTPUT"`;
  const tasks = Object.fromEntries(Array.from({ length: ITEMS }, (_, n) => [`t${n}`, { run }]));
  writeFileSync(join(folder, "plan.json"), JSON.stringify({ tasks, liveItemsMax: 2 }));
  mkdirSync(disk.state, { mode: 0o700 });
  disk.fill(180_000 + ((round * 37_117) % 400_000));
  const words = ["plan.json", "--json", "--state-dir", disk.state];
  const first = await startCli(["run", ...words], { cwd: folder, wrap: disk.wrap }).ended;
  const events = wholeLines(first.stdout);
  if (first.code === 0) faults.push("a run on a disk without room ended with 0");
  else if (!/full|ENOSPC|no space|room/i.test(first.stderr + first.stdout))
    faults.push(`nothing says that the disk is full: ${first.code} ${first.stderr}`);
  else count("refusals");
  await judge(disk, folder, events, "on the full disk", true);
  disk.empty();
  const begun = existsSync(join(disk.state, "signalbox.db")) && (await runsIn(disk)) > 0;
  const second = await cli(begun ? ["resume", "--json", "--state-dir", disk.state] : ["run", ...words], {
    cwd: folder,
  });
  const later = wholeLines(second.stdout);
  const outcome = later.at(-1)?.["outcome"];
  await judge(disk, folder, [...events, ...later], "with room", false);
  if (outcome === "failed") await retryAll(disk, folder, later.at(-1)!);
  else if (outcome !== "done") faults.push(`with room it came to ${String(outcome)}: ${second.stderr}`);
  count("runs");
}

async function runsIn(disk: Disk): Promise<number> {
  const { stdout } = await cli(["runs", "--json", "--state-dir", disk.state], { cwd: "/" });
  return (JSON.parse(stdout || "[]") as unknown[]).length;
}

/** What failed for want of room can be tried again, and then all is done. */
async function retryAll(disk: Disk, folder: string, end: Readonly<Record<string, unknown>>): Promise<void> {
  const failures = end["failures"] as readonly { readonly item: string }[];
  count("runs in which items failed for want of room");
  for (const { item } of failures) {
    const { stderr, code } = await cli(["retry", item, "--state-dir", disk.state], { cwd: folder });
    if (code === 0) return;
    if (code !== 1) return void faults.push(`retry of ${item} ended with ${code}: ${stderr}`);
  }
  faults.push("retries of all that failed came to no end");
}

const wholeLines = (text: string): Record<string, unknown>[] => jsonLines(text.slice(0, text.lastIndexOf("\n") + 1));

/** Everything that was printed is stored, nothing twice, and the state is the fold of its log. */
async function judge(
  disk: Disk,
  folder: string,
  events: readonly Record<string, unknown>[],
  when: string,
  isLive: boolean,
): Promise<void> {
  if (!existsSync(join(disk.state, "signalbox.db"))) {
    if (events.length > 0) faults.push(`${when}: events were printed, and there is no journal`);
    return;
  }
  const { code, stdout, stderr } = await cli(["log", "--json", "--state-dir", disk.state], { cwd: folder });
  if (code !== 0) return void (events.length > 0 && faults.push(`${when}: log ended with ${code}: ${stderr}`));
  const log = jsonLines(stdout);
  faults.push(
    ...[...lost(events, log), ...doneTwice(log), ...(isLive ? [] : unreturned(log))].map((each) => `${when}: ${each}`),
  );
  faults.push(...(await foldFaults(disk.state)).map((each) => `${when}: ${each}`));
}

async function foldFaults(state: string): Promise<string[]> {
  const reader = openJournalReader({ directory: state, env: nodeEnv() });
  try {
    const found: string[] = [];
    for (const { id } of await reader.runs()) {
      const folded = foldAudit(await reader.audit(id, { limit: 1_000_000 })).items;
      if (JSON.stringify(folded) !== JSON.stringify((await reader.read(id)).items))
        found.push("the state is not the fold of the log");
    }
    return found;
  } catch (error) {
    return [`the journal cannot be read: ${String(error)}`];
  } finally {
    await reader.close();
  }
}

interface Served {
  readonly life: Cli;
  readonly url: string;
  readonly token: string;
}

async function serve(disk: Disk, folder: string, wrap: readonly string[]): Promise<Served> {
  const life = startCli(["serve", "--json", "--port", "0", "--state-dir", disk.state], { cwd: folder, wrap });
  await life.printed("\n");
  const { url } = JSON.parse(life.stdout().split("\n")[0]!) as { readonly url: string };
  const tokens = JSON.parse(readFileSync(join(disk.state, "server-tokens.json"), "utf8")) as Record<string, string>;
  return { life, url, token: tokens["plan"]! };
}

async function add(
  { url, token }: Served,
  key: string,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const response = await fetch(`${url}/api/work-items`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ key, title: key, description: "y".repeat(OUTPUT_CHARS) }),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

/** A server that comes to the end of the disk: 503 in clear words, and every 201 is there afterwards. */
async function serveOn(disk: Disk, folder: string): Promise<void> {
  const first = await serve(disk, folder, disk.wrap);
  disk.fill(200_000);
  const stored: string[] = [];
  let refused: string | undefined;
  for (let n = 0; n < 2_000 && refused === undefined; n++) {
    const answer = await add(first, `k${n}`);
    if (answer?.status === 201) stored.push(`k${n}`);
    else refused = `k${n}`;
    if (answer !== undefined && answer.status !== 201 && !(answer.status === 503 && /full|room/i.test(answer.text)))
      faults.push(`a full disk was answered with ${answer.status}: ${answer.text}`);
    else if (answer?.status === 503) count("refusals");
  }
  figures["answers"]! += stored.length;
  if (refused === undefined) faults.push("the disk was never full");
  disk.empty();
  if (ground === "mount" && refused !== undefined) await goesOn(first, refused);
  // Under a limit of its files it may have ended, or go on without writing; either way the next one has everything.
  first.life.child.kill("SIGTERM");
  const stopped = await Promise.race([first.life.ended.then(() => true), sleep(20_000, false, { ref: false })]);
  if (!stopped) faults.push("a server without room does not stop");
  const second = await serve(disk, folder, []);
  if (refused !== undefined) {
    const answer = await add(second, refused);
    if (answer?.status !== 201)
      faults.push(`with room, ${refused} was answered with ${answer?.status}: ${answer?.text}`);
  }
  for (const key of stored) {
    const again = await add(second, key);
    if (again?.status !== 201 || !again.text.includes(`"${key}"`)) faults.push(`${key} was answered, and is lost`);
  }
  second.life.child.kill("SIGTERM");
  const { code, stderr } = await second.life.ended;
  if (code !== 0) faults.push(`the next server ended with ${code}: ${stderr}`);
  faults.push(...(await foldFaults(disk.state)));
}

/** With room the same server stores again, without being told to. */
async function goesOn(served: Served, key: string): Promise<void> {
  const since = performance.now();
  for (;;) {
    const answer = await add(served, key);
    if (answer?.status === 201) break;
    if (performance.now() - since > 30_000)
      return void faults.push(`with room, the same server answers ${answer?.status}: ${answer?.text}`);
    await sleep(50);
  }
  count("servers that went on by themselves");
}

for (let round = 0; round < Number(rounds); round++) {
  for (const trial of [runOn, serveOn]) {
    const folder = makeFolder();
    const disk = makeDisk(folder);
    await trial(disk, folder, round);
    if (ground === "mount") execFileSync("umount", [join(folder, "disk")]);
    rmSync(folder, { recursive: true, force: true });
  }
}
const result: CampaignResult = { figures, faults };
process.stdout.write(`${JSON.stringify(result)}\n`);
