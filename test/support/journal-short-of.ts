// A process that is short of something, and opens a journal all the same; prints what it is told, a line of JSON each time. Arguments: of
// what, and a state directory. `files`: it has none to spare, then one more each time until the journal opens; `threads`: it may have no more.
// `memory`: it may have no more than it has and a little.
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { systemCode } from "../../src/base/error-code.ts";
import { nodeEnv } from "../../src/base/node-env.ts";
import { backupInThread } from "../../src/journal/backup-thread.ts";
import { openJournalReader } from "../../src/journal/sqlite-reader.ts";
import { Database } from "../../src/journal/sqlite/database.ts";
import { sqliteJournal } from "../../src/journal/sqlite-journal.ts";

const env = nodeEnv();
const [what = "", directory = ""] = process.argv.slice(2);
const backups = `${directory}-backups`;
let backup = 0;

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  write: async () => await (await sqliteJournal({ directory, env })).close(),
  read: async () => await openJournalReader({ directory, env }).close(),
  large: async () => new Database(":memory:").value("SELECT length(randomblob(1000000000))"),
  backup: async () => await backupInThread({ directory, target: `${backups}/${++backup}.db` }),
};

async function told(way: string): Promise<string> {
  try {
    await ways[way]!();
    return "opened";
  } catch (error) {
    const { message } = error as Error;
    process.stdout.write(`${JSON.stringify({ way, code: systemCode(error), message })}\n`);
    return "refused";
  }
}

async function withFewFiles(way: string): Promise<void> {
  const files: number[] = [];
  try {
    for (;;) files.push(openSync("/dev/null", "r"));
  } catch {
    while ((await told(way)) === "refused") closeSync(files.pop()!);
  }
  for (const file of files) closeSync(file);
}

const limit = (what: string, most: number): unknown =>
  execFileSync("prlimit", [`--pid=${process.pid}`, `--${what}=${most}:`]);

mkdirSync(backups);
await ways["write"]!();
if (what === "files") for (const way of ["write", "read", "backup"]) await withFewFiles(way);
if (what === "threads") {
  limit("nproc", 1);
  // To root no such limit applies.
  if (process.getuid!() === 0) process.setuid!(65_534);
  for (const way of ["write", "backup"]) await told(way);
}
if (what === "memory") {
  const [, kilobytes] = /VmSize:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))!;
  limit("as", Number(kilobytes) * 1_024 + 500_000_000);
  await told("large");
}
