/**
 * The compaction of a log, and something that happens at a failpoint of it. Then a second one, where nothing does, has to end; every
 * entry there ever was is in the log or in an exported file that is whole, the state is what it was, and nothing is left half made.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { readExportedLog } from "../../../src/journal/exported-log.ts";
import { openJournalReader } from "../../../src/journal/sqlite-reader.ts";
import { cli, type CliResult } from "../../e2e/support/cli.ts";
import { live } from "./life.ts";
import type { Cell } from "./table.ts";

interface Stored {
  /** Each entry of the log as text, by its seq. */
  readonly entries: ReadonlyMap<number, string>;
  /** What the log comes to. */
  readonly state: string;
}

/** What did not hold, in words. `endFaults` says whether the process ended as this action makes it. */
export async function compact(
  cell: Cell,
  folder: string,
  endFaults: (ended: CliResult) => string[],
): Promise<string[]> {
  await cli(["run", "plan.yaml"], { cwd: folder });
  const before = await stored(folder);
  const ended = await live(["compact", "--json"], folder, cell).over;
  const faults = ended.hung ? ["it hung"] : endFaults(ended);
  if (cell.action === "throw" && ended.code === 0) faults.push("it ended with 0");
  faults.push(...(await compare(folder, before, "after it")));
  const again = await cli(["compact", "--json"], { cwd: folder });
  if (again.code !== 0) faults.push(`the next one ended with ${again.code}: ${again.stderr}`);
  faults.push(...(await compare(folder, before, "after the next one")));
  const left = await stored(folder);
  if (left.entries.size >= before.entries.size) faults.push("nothing was removed");
  const parts = exportedIn(folder).filter((name) => !name.endsWith(".jsonl"));
  if (parts.length > 0) faults.push(`${parts.join(", ")} is left`);
  return faults;
}

/** Nothing is lost, and the state is the same. */
async function compare(folder: string, before: Stored, when: string): Promise<string[]> {
  try {
    const now = await stored(folder);
    const all = new Map([...(await exported(folder)), ...now.entries]);
    const faults = [...before.entries]
      .filter(([seq, text]) => all.get(seq) !== text)
      .map(([seq]) => `${when}, entry ${seq} is neither in the log nor in a file`);
    if (now.state !== before.state) faults.push(`${when}, the state is another one: ${now.state}`);
    return faults;
  } catch (error) {
    return [`${when}, something cannot be read: ${String(error)}`];
  }
}

async function stored(folder: string): Promise<Stored> {
  const reader = openJournalReader({ directory: join(folder, ".signalbox"), env: nodeEnv() });
  try {
    const [run] = await reader.runs();
    const entries = new Map<number, string>();
    for (const entry of await reader.audit(run!.id, { limit: 100_000 })) entries.set(entry.seq, JSON.stringify(entry));
    const { items, status, seq } = await reader.read(run!.id);
    return { entries, state: JSON.stringify({ items, status, seq }) };
  } finally {
    await reader.close();
  }
}

async function exported(folder: string): Promise<Map<number, string>> {
  const entries = new Map<number, string>();
  for (const name of exportedIn(folder).filter((each) => each.endsWith(".jsonl")))
    await readExportedLog(join(exportFolder(folder), name), (entry) => entries.set(entry.seq, JSON.stringify(entry)));
  return entries;
}

const exportFolder = (folder: string): string => join(folder, ".signalbox", "exported");

function exportedIn(folder: string): string[] {
  return existsSync(exportFolder(folder)) ? readdirSync(exportFolder(folder)) : [];
}
