import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveMailbox } from "../../src/cli/mailbox-host.ts";
import { createRun, definePlan, type TaskContext } from "../../src/index.ts";
import { fetchAnswer, sendRequest } from "../../src/journal/mailbox.ts";
import { virtualEnv } from "../support/virtual-env.ts";

test("B2, I21: an answer that cannot be written, as on a full disk, is told once and written when it can be: whoever asked waits no longer", async () => {
  const env = virtualEnv();
  const directory = mkdtempSync(join(tmpdir(), "signalbox-mailbox-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const to = { pid: process.pid, startedAt: env.clock.now() };
  writeFileSync(join(directory, "run.lock.json"), JSON.stringify({ ...to, host: "here", bootId: "" }));
  const untilStopped = ({ signal }: TaskContext): Promise<unknown> =>
    new Promise((done) => signal.addEventListener("abort", done));
  const run = createRun(definePlan({ tasks: { gate: { run: untilStopped } } }), { env });
  const ended = run.start();
  const problems: string[] = [];
  const host = serveMailbox(env, run, directory, ({ message }) => void problems.push(message));
  const id = env.nextId();
  // What is in the way stands for a disk that takes nothing.
  const inTheWay = join(directory, "mailbox", `${id}.answer.json`);
  mkdirSync(join(inTheWay, "full"), { recursive: true });
  sendRequest(directory, { id, to, runId: run.id, command: "cancel", item: "gate" });
  for (let seconds = 0; seconds < 5; seconds++) await env.advance(1_000);
  expect((await ended).outcome).toBe("cancelled");
  expect(problems).toEqual([expect.stringMatching(/^the answer to a command has to wait: /)]);
  expect(fetchAnswer(directory, id)).toBeUndefined();
  rmdirSync(join(inTheWay, "full"));
  rmdirSync(inTheWay);
  await env.advance(1_000);
  expect(fetchAnswer(directory, id)).toEqual({ ok: true, items: ["gate"] });
  await host.stop();
});
