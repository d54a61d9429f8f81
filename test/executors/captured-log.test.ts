/** Goal: the tail of a log is harmless and cheap, its size bounded. Method: real files, virtual time for the next look. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LogLimiter, tailOfLog } from "../../src/executors/captured-log.ts";
import { virtualEnv } from "../support/virtual-env.ts";
import { until } from "../support/commands.ts";

function logFile(text: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "log");
  writeFileSync(path, text);
  return path;
}

test("the tail is the last lines that say something, newest last", () => {
  const path = logFile("one\ntwo\n\n  \nthree  \n\n");
  expect(tailOfLog(path, 2)).toEqual(["two", "three"]);
  expect(tailOfLog(path, 10)).toEqual(["one", "two", "three"]);
});

test("a log that is empty, gone, or all control characters has a tail too", () => {
  expect(tailOfLog(logFile(""), 3)).toEqual([]);
  expect(tailOfLog("/no/such/file", 3)).toEqual([]);
  expect(tailOfLog(logFile("\x1b[2J\x1b[H\n"), 3)).toEqual([]);
});

test("a tail that begins within a character or a long line stays readable", () => {
  const [line] = tailOfLog(logFile(`${"ä".repeat(50_000)}end`), 1);
  expect(line).toHaveLength(500);
  expect(tailOfLog(logFile(Buffer.from([0xff, 0xfe, 0x00, 0x41])), 1)).toEqual(["���A"]);
});

test("a log that grows too big keeps beginning and end, and says how much is missing", async () => {
  const env = virtualEnv();
  const limiter = new LogLimiter(env, 4_000);
  const path = logFile("begin\n");
  limiter.watch(path);
  for (let round = 1; round <= 3; round++) {
    appendFileSync(path, `${`${round}`.repeat(99)}\n`.repeat(100));
    // The look is real file work, so it ends in its own time.
    await until(() => {
      void env.advance(100);
      return statSync(path).size <= 4_000;
    }, "the cut");
  }
  appendFileSync(path, "end\n");
  const text = readFileSync(path, "utf8");
  expect(text.startsWith("begin\n111")).toBe(true);
  expect(text.endsWith("333\nend\n")).toBe(true);
  const left = Number(/about (\d+) bytes/.exec(text)?.[1]);
  const note = /\n\[signalbox: .*\n/.exec(text)![0].length;
  expect(left).toBe(30_006 + 4 - (text.length - note));
  limiter.unwatch(path, 0);
  await env.advance(100);
});

test("what was written after the last look is cut when the writer has ended", () => {
  const limiter = new LogLimiter(virtualEnv(), 4_000);
  const path = logFile("");
  limiter.watch(path);
  appendFileSync(path, "x".repeat(100_000));
  limiter.unwatch(path, 100_000);
  expect(statSync(path).size).toBeLessThan(4_000);
});
