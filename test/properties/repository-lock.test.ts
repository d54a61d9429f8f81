/**
 * Goal: whatever is asked of a repository's lock and in whatever order, it goes to one after the other in the order of asking, and
 * every request ends once: with a lease, by its time, or by its signal. Method: fast-check commands against a list, on virtual
 * time; the kernel's lock and the files are real, and somebody outside this queue, who may die, takes it too. A bug would look
 * like a grant out of turn, two at once, or somebody who waits although nobody holds it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { afterAll, expect } from "vitest";
import { writeNote } from "../../src/git/holder-note.ts";
import { tryFileLock, type FileLock } from "../../src/git/file-lock.ts";
import { lockFiles } from "../../src/git/lock-files.ts";
import { ownSystem } from "../../src/git/lock-system.ts";
import { repositoryLocks } from "../../src/git/repository-lock.ts";
import type { RepositoryLease } from "../../src/git/repository-lease.ts";
import { virtualEnv, type VirtualEnv } from "../support/virtual-env.ts";

const commonDir = mkdtempSync(join(tmpdir(), "signalbox-lock-"));
const files = lockFiles(commonDir);
afterAll(() => rmSync(commonDir, { recursive: true }));

type Ending = "timed out" | "aborted" | "released";

interface Model {
  now: number;
  asked: number;
  outside: boolean;
  holder: number | undefined;
  /** In the order of asking. */
  waiting: { readonly id: number; readonly until: number }[];
  readonly ended: Map<number, Ending>;
}

interface Request {
  readonly controller: AbortController;
  lease?: RepositoryLease;
  error?: unknown;
}

interface Real {
  readonly env: VirtualEnv;
  readonly requests: Request[];
  outside: FileLock | undefined;
}

type Command = fc.AsyncCommand<Model, Real>;

/** What has to be true after every command. */
async function compare(model: Model, real: Real): Promise<void> {
  await real.env.settle();
  if (!model.outside && model.holder === undefined) model.holder = model.waiting.shift()?.id;
  const purposeOf = (id: number): string => `request ${id}`;
  const states = real.requests.map(({ lease, error }) => {
    if (lease !== undefined) return lease.held ? "holds" : "released";
    if (error === undefined) return "waits";
    return (error as { code?: string }).code === "repository_lock_timeout" ? "timed out" : (error as Error).message;
  });
  const expected = states.map((_, id) => model.ended.get(id) ?? (id === model.holder ? "holds" : "waits"));
  expect(states).toEqual(expected);
  const { holder, waiting } = repositoryLocks.stateOf(commonDir);
  expect(holder?.purpose).toBe(
    model.outside ? "outside" : model.holder === undefined ? undefined : purposeOf(model.holder),
  );
  expect(waiting.map(({ purpose }) => purpose)).toEqual(model.waiting.map(({ id }) => purposeOf(id)));
}

const command = (
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => void | Promise<void>,
): Command => ({
  check,
  run: async (model, real) => {
    await run(model, real);
    await compare(model, real);
  },
  toString: () => name,
});

const ask = (timeoutMs: number): Command =>
  command(
    `ask for ${timeoutMs} ms`,
    () => true,
    (model, { env, requests }) => {
      const id = model.asked++;
      const request: Request = { controller: new AbortController() };
      requests.push(request);
      repositoryLocks
        .lock(commonDir, env, { timeoutMs, signal: request.controller.signal, purpose: `request ${id}` })
        .then(
          (lease) => (request.lease = lease),
          (error: unknown) => (request.error = error),
        );
      model.waiting.push({ id, until: model.now + timeoutMs });
    },
  );

const abort = (pick: number): Command =>
  command(
    `abort ${pick}`,
    ({ asked }) => asked > 0,
    (model, { requests }) => {
      const id = pick % model.asked;
      requests[id]!.controller.abort(new Error("aborted"));
      const place = model.waiting.findIndex((each) => each.id === id);
      if (place < 0) return;
      model.waiting.splice(place, 1);
      model.ended.set(id, "aborted");
    },
  );

/** Also of one that has ended long since, and twice. */
const release = (pick: number): Command =>
  command(
    `release ${pick}`,
    ({ asked }) => asked > 0,
    async (model, { requests }) => {
      const id = pick % 2 === 0 ? (model.holder ?? 0) : pick % model.asked;
      await Promise.all([requests[id]!.lease?.release(), requests[id]!.lease?.release()]);
      if (model.holder !== id) return;
      model.holder = undefined;
      model.ended.set(id, "released");
    },
  );

async function passTime(model: Model, { env }: Real, ms: number): Promise<void> {
  await env.advance(ms);
  model.now += ms;
  for (const { id, until } of model.waiting) if (until <= model.now) model.ended.set(id, "timed out");
  model.waiting = model.waiting.filter(({ id }) => !model.ended.has(id));
}

const wait = (ms: number): Command =>
  command(
    `wait ${ms} ms`,
    () => true,
    (model, real) => passTime(model, real, ms),
  );

const takeOutside: Command = command(
  "somebody outside takes it",
  ({ outside, holder }) => !outside && holder === undefined,
  (model, real) => {
    ownSystem.makeFolder(files.queue);
    real.outside = tryFileLock(ownSystem, files.lock)!;
    writeNote(ownSystem, files, { lease: `outside-${model.asked}`, since: 0, purpose: "outside" });
    model.outside = true;
  },
);

/** A dead one's note stays. Whoever is next sees within 25 ms that it is free; requests end on full hundreds. */
const leaveOutside = (dies: boolean): Command =>
  command(
    `somebody outside ${dies ? "dies" : "lets it go"}`,
    ({ outside }) => outside,
    async (model, real) => {
      if (!dies) rmSync(files.note);
      real.outside!.release();
      model.outside = false;
      // Who has no time at all has none for this either.
      await passTime(model, real, 0);
      model.holder = model.waiting.shift()?.id;
      await passTime(model, real, 100);
    },
  );

const commands = fc.commands(
  [
    fc.constantFrom(0, 100, 300, 100_000).map(ask),
    fc.constantFrom(300, 100_000).map(ask),
    fc.nat(20).map(abort),
    fc.nat(20).map(release),
    fc.nat(20).map(release),
    fc.constantFrom(100, 200).map(wait),
    fc.constant(takeOutside),
    fc.boolean().map(leaveOutside),
  ],
  { maxCommands: 40 },
);

test.prop([commands], { numRuns: 100 })(
  "S3-02, S3-04, Q1-Q3, L2: one at a time, in the order of asking; every request ends once, by its lease, its time or its signal",
  async (all) => {
    const env = virtualEnv();
    const real: Real = { env, requests: [], outside: undefined };
    const model: Model = { now: 0, asked: 0, outside: false, holder: undefined, waiting: [], ended: new Map() };
    try {
      await fc.asyncModelRun(() => ({ model, real }), all);
    } finally {
      real.outside?.release();
      for (const { controller } of real.requests) controller.abort();
      await env.settle();
      for (const { lease } of real.requests) await lease?.release();
    }
    expect(repositoryLocks.stateOf(commonDir)).toEqual({ holder: undefined, waiting: [] });
    expect(env.armed, "no timer is left behind").toBe(0);
  },
);
