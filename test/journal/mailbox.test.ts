/**
 * Goal: B1-B4: commands of other processes arrive whole, once, and only those meant for this process; nothing else is read or kept.
 * Method: a real folder; files as an attacker or a careless program would put them there.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { requestOf, type MailRequest } from "../../src/journal/mail.ts";
import { fetchAnswer, isWaiting, openMailbox, sendRequest, withdrawRequest } from "../../src/journal/mailbox.ts";

const env = nodeEnv();
const STARTED = 1_790_000_000_000;

function stateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "signalbox-mailbox-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const self = { pid: process.pid, host: "here", bootId: "", startedAt: STARTED };
  writeFileSync(join(directory, "run.lock.json"), JSON.stringify(self));
  return directory;
}

function request(more: Partial<MailRequest> = {}): MailRequest {
  const to = { pid: process.pid, startedAt: STARTED };
  return { id: env.nextId(), to, runId: env.nextId(), command: "cancel", item: "build", ...more };
}

const folderOf = (directory: string): string => join(directory, "mailbox");

test("B1, B2: a request is taken once, in order, and its answer is fetched once; files are for their owner only", () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  const requests = [request(), request({ command: "retry" }), request({ reason: "why", withDependents: true })];
  for (const each of requests.toReversed()) sendRequest(directory, each);
  expect(statSync(folderOf(directory)).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(folderOf(directory)))
    expect(statSync(join(folderOf(directory), name)).mode & 0o777).toBe(0o600);
  expect(mailbox.take(2)).toEqual(requests.slice(0, 2));
  expect(isWaiting(directory, requests[0]!.id)).toBe(false);
  expect(isWaiting(directory, requests[2]!.id)).toBe(true);
  expect(mailbox.take(9)).toEqual(requests.slice(2));
  expect(mailbox.take(9)).toEqual([]);
  const { id } = requests[0]!;
  expect(fetchAnswer(directory, id)).toBeUndefined();
  mailbox.answer(id, { ok: true, items: ["build"] });
  expect(fetchAnswer(directory, id)).toEqual({ ok: true, items: ["build"] });
  expect(fetchAnswer(directory, id)).toBeUndefined();
  expect(readdirSync(folderOf(directory))).toEqual([]);
});

test("B3: what was sent to another process is thrown away, and so is what nobody fetched", () => {
  const directory = stateDirectory();
  openMailbox(directory, env).answer(env.nextId(), { ok: true });
  const [stale] = readdirSync(folderOf(directory));
  utimesSync(join(folderOf(directory), stale!), 1, 1);
  sendRequest(directory, request({ to: { pid: process.pid, startedAt: STARTED - 1 } }));
  sendRequest(directory, request({ to: { pid: process.pid + 1, startedAt: STARTED } }));
  const ours = request();
  sendRequest(directory, ours);
  const fresh = env.nextId();
  openMailbox(directory, env).answer(fresh, { ok: true });
  expect(openMailbox(directory, env).take(9)).toEqual([ours]);
  expect(fetchAnswer(directory, fresh), "it may yet be fetched").toEqual({ ok: true });
  expect(readdirSync(folderOf(directory))).toEqual([]);
});

test("B3: an answer that is a moment old stays when another process opens the mailbox", () => {
  const directory = stateDirectory();
  const id = env.nextId();
  openMailbox(directory, env).answer(id, { ok: true });
  openMailbox(directory, env);
  expect(fetchAnswer(directory, id)).toEqual({ ok: true });
});

test("B3, B4: what was left long ago goes, whatever it is; what is no name of ours stays", () => {
  const directory = stateDirectory();
  mkdirSync(folderOf(directory), { mode: 0o700 });
  const old = [`${env.nextId()}.answer.json`, `${env.nextId()}.request.json.new`, `${env.nextId()}.folder`];
  const others = ["notes.txt", "x.answer.json"];
  for (const name of [...old, ...others]) {
    const path = join(folderOf(directory), name);
    if (name.endsWith(".folder")) mkdirSync(join(path, "deep"), { recursive: true });
    else writeFileSync(path, "{}");
    utimesSync(path, 1, 1);
  }
  openMailbox(directory, env);
  expect(readdirSync(folderOf(directory)).toSorted()).toEqual(others.toSorted());
});

test("a command that another version wrote is refused by an answer to who asked; what has no sound name is not", () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  const id = env.nextId();
  writeFileSync(
    join(folderOf(directory), `${id}.request.json`),
    JSON.stringify({ ...request({ id }), command: "format" }),
  );
  writeFileSync(join(folderOf(directory), "x.request.json"), "{}");
  expect(mailbox.take(9)).toEqual([]);
  expect(fetchAnswer(directory, id)).toMatchObject({ ok: false, code: "invalid_usage" });
  expect(readdirSync(folderOf(directory))).toEqual(["x.request.json"]);
});

test("B2: an answer that is no answer of ours is taken away all the same, and a link is followed by nobody", () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  const [id, linked] = [env.nextId(), env.nextId()];
  writeFileSync(join(folderOf(directory), `${id}.answer.json`), "[]");
  expect(fetchAnswer(directory, id)).toBeUndefined();
  mailbox.answer(id, { ok: true });
  expect(fetchAnswer(directory, id)).toEqual({ ok: true });
  const elsewhere = join(directory, "answer");
  writeFileSync(elsewhere, JSON.stringify({ ok: true }));
  symlinkSync(elsewhere, join(folderOf(directory), `${linked}.answer.json`));
  expect(fetchAnswer(directory, linked)).toBeUndefined();
});

test("B1: a request that is there already is not replaced by half of another, and nothing is left of a try that failed", () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  const sent = request();
  // Somebody is just writing it, or died while it did.
  const draft = join(folderOf(directory), `${sent.id}.request.json.new`);
  writeFileSync(draft, "half of it");
  expect(() => sendRequest(directory, sent)).toThrow(expect.objectContaining({ code: "state_unwritable" }));
  expect(existsSync(draft)).toBe(false);
  expect(mailbox.take(9)).toEqual([]);
  sendRequest(directory, sent);
  expect(mailbox.take(9)).toEqual([sent]);
});

test("a request can be taken back while it waits", () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  const { id } = request();
  sendRequest(directory, request({ id }));
  withdrawRequest(directory, id);
  expect(mailbox.take(9)).toEqual([]);
});

test("B4: links, folders, large files and what is no request are thrown away, and the next one is still taken", () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  const secret = join(directory, "secret");
  writeFileSync(secret, JSON.stringify(request()));
  const put = (how: (path: string) => void): void => how(join(folderOf(directory), `${env.nextId()}.request.json`));
  put((path) => symlinkSync(secret, path));
  put((path) => mkdirSync(path));
  // Nobody writes into it: who waited for that would wait for ever.
  if (process.platform !== "win32") put((path) => void execFileSync("mkfifo", [path]));
  put((path) => writeFileSync(path, " ".repeat(70_000)));
  put((path) => writeFileSync(path, "[".repeat(60_000)));
  put((path) => writeFileSync(path, JSON.stringify({ ...request(), more: 1 })));
  put((path) => writeFileSync(path, JSON.stringify(request())));
  const sound = request();
  sendRequest(directory, sound);
  expect(mailbox.take(99)).toEqual([sound]);
  expect(existsSync(secret)).toBe(true);
  expect(readdirSync(folderOf(directory)).filter((name) => name.includes("request"))).toEqual([]);
});

test("a folder that others may use is not used, and where there is none nothing can be asked", () => {
  const directory = stateDirectory();
  expect(() => sendRequest(directory, request())).toThrow(expect.objectContaining({ code: "not_ready" }));
  mkdirSync(folderOf(directory));
  for (const mode of [0o755, 0o710, 0o701]) {
    chmodSync(folderOf(directory), mode);
    expect(() => openMailbox(directory, env)).toThrow(expect.objectContaining({ code: "state_unwritable" }));
  }
  rmSync(folderOf(directory), { recursive: true });
  writeFileSync(folderOf(directory), "");
  expect(() => openMailbox(directory, env)).toThrow(expect.objectContaining({ code: "state_unwritable" }));
  expect(() => sendRequest(directory, request())).toThrow(expect.objectContaining({ code: "not_ready" }));
});

test("only so many requests wait at once", () => {
  const directory = stateDirectory();
  openMailbox(directory, env);
  for (let i = 0; i < 1_000; i++) sendRequest(directory, request());
  expect(() => sendRequest(directory, request())).toThrow(expect.objectContaining({ code: "not_ready" }));
});

property.prop(
  [
    fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify({ ...request(), item: value })),
    ),
  ],
  {
    numRuns: 1_000,
  },
)("whatever a file holds, it is a sound request or none", (text) => {
  const found = requestOf(text);
  if (found === undefined) return;
  expect(found).toMatchObject({ command: "cancel", to: { pid: process.pid } });
  expect(["string", "undefined"]).toContain(typeof found.item);
});

test("who watches is told of a request, and of nothing any more once that is over; an answer is no mail", async () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  const told = Promise.withResolvers<void>();
  let calls = 0;
  const stop = mailbox.watch(() => {
    calls++;
    told.resolve();
  })!;
  mailbox.answer(request().id, { ok: true });
  const first = request();
  sendRequest(directory, first);
  await told.promise;
  expect(mailbox.take(9)).toEqual([first]);
  stop();
  const before = calls;
  sendRequest(directory, request());
  await env.timers.nextTurn();
  expect(calls).toBe(before);
});

test("a folder that is gone cannot be watched, and that is all", () => {
  const directory = stateDirectory();
  const mailbox = openMailbox(directory, env);
  rmSync(folderOf(directory), { recursive: true });
  expect(mailbox.watch(() => {})).toBeUndefined();
});
