/** One git command after the other, and many who want to hold something for 5 ms: without a lock, with ours, with flock. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { numberParam, type Extra, type Prepared, type VariantParams } from "../harness/variant.ts";

interface Place {
  readonly folder: string;
  readonly repository: string;
  readonly close: () => void;
}

const HOLD_MS = 5;
const lockProcess = fileURLToPath(new URL("../../support/lock-process.ts", import.meta.url));

function place(): Place {
  const folder = realpathSync.native(mkdtempSync(join(tmpdir(), "signalbox-bench-")));
  const repository = join(folder, "repository");
  execFileSync("git", ["init", "-q", "-b", "main", repository]);
  writeFileSync(join(repository, "a.txt"), "a\n");
  const author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  execFileSync("git", ["-C", repository, "add", "."]);
  execFileSync("git", ["-C", repository, ...author, "commit", "-q", "-m", "first"]);
  return { folder, repository, close: () => rmSync(folder, { recursive: true, force: true }) };
}

type Turn = (turn: number) => Promise<void>;

/** Turns one after the other. The first ones are not counted: they load code. */
async function oneAtATime(params: VariantParams, { close }: Place, turn: Turn): Promise<Prepared> {
  for (let warm = 0; warm < 5; warm++) await turn(-1 - warm);
  return {
    close,
    run: async () => {
      const turnMs: number[] = [];
      for (let number = 0; number < numberParam(params, "turns"); number++) {
        const startedAt = performance.now();
        await turn(number);
        turnMs.push(performance.now() - startedAt);
      }
      return { turnMs };
    },
  };
}

const command = (repository: string, turn: number): string[] => [
  "-C",
  repository,
  "update-ref",
  `refs/bench/${turn}`,
  "HEAD",
];

export function bare(params: VariantParams): Promise<Prepared> {
  const at = place();
  return oneAtATime(params, at, (turn) => finished("git", command(at.repository, turn)));
}

export async function signalbox(params: VariantParams): Promise<Prepared> {
  const [{ openRepository }, { nodeEnv }] = [
    await import("../../../src/git/repository.ts"),
    await import("../../../src/base/node-env.ts"),
  ];
  const at = place();
  const repository = await openRepository(at.repository, { env: nodeEnv() });
  return oneAtATime(params, at, async (turn) => {
    await using _lease = await repository.lock({ purpose: "a bench" });
    await finished("git", command(at.repository, turn));
  });
}

export function flock(params: VariantParams): Promise<Prepared> {
  const at = place();
  const lock = join(at.folder, "lock");
  return oneAtATime(params, at, (turn) => finished("flock", [lock, "git", ...command(at.repository, turn)]));
}

export function signalboxCrowd(params: VariantParams): Prepared {
  const at = place();
  const words = [
    at.repository,
    join(at.folder, "log"),
    ...["rounds", "lanes"].map((key) => String(numberParam(params, key))),
  ];
  return {
    close: at.close,
    run: async (): Promise<Extra> => {
      const processes = Array.from({ length: numberParam(params, "processes") }, () =>
        printed(process.execPath, [lockProcess, ...words, String(HOLD_MS)]),
      );
      return waits((await Promise.all(processes)).map((text) => JSON.parse(text) as number[]));
    },
  };
}

/** Each turn is a process, so the lanes of all processes may as well stand here. */
export function flockCrowd(params: VariantParams): Prepared {
  const at = place();
  const lock = join(at.folder, "lock");
  const [processes, lanes, rounds] = ["processes", "lanes", "rounds"].map((key) => numberParam(params, key));
  const lane = async (): Promise<number[]> => {
    const waited: number[] = [];
    for (let round = 0; round < rounds!; round++) {
      const askedAt = performance.now();
      const child = spawn("flock", [lock, "sh", "-c", `echo; sleep ${HOLD_MS / 1_000}`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      child.stdout.once("data", () => waited.push(performance.now() - askedAt));
      await new Promise((resolve) => child.once("close", resolve));
    }
    return waited;
  };
  const asker = async (): Promise<number[]> => (await Promise.all(Array.from({ length: lanes! }, lane))).flat();
  return {
    close: at.close,
    run: async () => waits(await Promise.all(Array.from({ length: processes! }, asker))),
  };
}

/** How long each turn was waited for, and how much longer the unluckiest of who asked waited than the luckiest. */
function waits(byAsker: readonly (readonly number[])[]): Extra {
  const means = byAsker.map((waited) => waited.reduce((sum, ms) => sum + ms, 0) / waited.length);
  return { waitMs: byAsker.flat(), unevenness: Math.max(...means) / Math.min(...means) };
}

async function finished(file: string, words: readonly string[]): Promise<void> {
  const child = spawn(file, words, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`${file} ${words.join(" ")} ended with ${String(code)}`);
}

async function printed(file: string, words: readonly string[]): Promise<string> {
  const child = spawn(file, words, { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`${file} ended with ${String(code)}`);
  return Buffer.concat(chunks).toString("utf8");
}
