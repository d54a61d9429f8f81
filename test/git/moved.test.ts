/**
 * Goal: a repository that was moved, with its state directory or without, keeps its worktrees: the next create, `doctor`, `clean` and
 * a resumed run find them where they are now, and nothing is lost. A copy touches nothing of the original.
 * Method: `mv` and `cp -r` of real repositories with work in worktrees of dead owners.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { examineRepository } from "../../src/git/examine.ts";
import { openRepository } from "../../src/git/repository.ts";
import { itemWorktrees } from "../../src/git/run-worktrees.ts";
import { cleanWorktrees, storedWorktrees } from "../../src/git/state-worktrees.ts";
import { WorktreeManager } from "../../src/git/worktree-manager.ts";
import { readMarker, writeMarker } from "../../src/git/worktrees/marker.ts";
import { openWorktreeRegistry } from "../../src/git/worktrees/registry.ts";
import { git, gitFolder } from "../support/git-repository.ts";
import { filledRepository, gitView, write } from "../support/worktree-bench.ts";

const env = nodeEnv();

interface Place {
  readonly repository: string;
  readonly home: string;
}

async function managerAt({ repository, home }: Place, runId = "run-1"): Promise<WorktreeManager> {
  const registry = await openWorktreeRegistry({ directory: home, runId });
  onTestFinished(() => registry.close());
  return new WorktreeManager({ env, repository: await openRepository(repository, { env }), registry, home });
}

/** A repository in which a process that is dead by now has left a worktree with work, and one without. */
async function left(homeIn: "repository" | "outside"): Promise<Place> {
  const repository = filledRepository();
  write(join(repository, ".git/info/exclude"), ".signalbox\n");
  const home = join(homeIn === "repository" ? repository : dirname(repository), ".signalbox/worktrees");
  const manager = await managerAt({ repository, home });
  const registry = await openWorktreeRegistry({ directory: home, runId: "run-1" });
  for (const item of ["work", "idle"]) {
    const { name, path, owner } = await manager.create({ item });
    if (item === "work") write(join(path, "notes.txt"), "mine");
    const dead = { ...owner, bootId: "an earlier start" };
    await registry.refresh!();
    await registry.record(name, { type: "take", token: 2 }, { owner: dead });
    await registry.record(name, { type: "adopt", token: 2 });
    const common = join(repository, ".git");
    writeMarker(common, { ...readMarker(common, name)!, owner: dead });
  }
  await registry.close();
  return { repository, home };
}

/** Moves the folder in which both are, or only the repository. */
function moved({ repository, home }: Place): Place {
  const to = join(gitFolder(), "deeper/place");
  mkdirSync(dirname(to), { recursive: true });
  renameSync(repository, to);
  return { repository: to, home: home.startsWith(repository) ? join(to, relative(repository, home)) : home };
}

/** Everything agrees: git works in the worktree, and its files are what they were. */
async function expectWell({ repository, home }: Place): Promise<void> {
  const stored = await storedWorktrees(home);
  expect(stored.map(({ entry }) => entry.item)).toEqual(["work", "idle"]);
  for (const { entry } of stored) {
    expect(entry.repository).toBe(join(repository, ".git"));
    expect(entry.path.startsWith(home)).toBe(true);
    expect(git(entry.path, "branch", "--show-current")).toBe(`signalbox/run-1/${entry.item}`);
    expect(gitView(repository).worktrees).toContain(`worktree ${entry.path}`);
  }
  expect(git(stored[0]!.entry.path, "status", "--porcelain")).toBe("?? notes.txt");
}

test.each(["repository", "outside"] as const)(
  "the next create finds the worktrees of a moved repository again, with its state %s of it",
  async (homeIn) => {
    const now = moved(await left(homeIn));
    const manager = await managerAt(now, "run-2");
    const entry = await manager.create({ item: "next" });
    await manager.remove(entry.name);
    await expectWell(now);
  },
);

test("doctor finds them again and says so; a second look has nothing to say", async () => {
  const now = moved(await left("repository"));
  const look = (mend: boolean): ReturnType<typeof examineRepository> =>
    examineRepository({ env, folder: now.repository, home: now.home, mend });
  await look(false);
  const { repairs, troubles } = await look(true);
  expect(repairs.map(({ what }) => what)).toEqual(["followed", "followed"]);
  for (const { path } of repairs) expect(path.startsWith(now.home)).toBe(true);
  expect(troubles).toEqual([]);
  expect((await look(true)).repairs).toEqual([]);
  await expectWell(now);
});

test.each(["repository", "outside"] as const)(
  "clean keeps the work of a moved repository, with its state %s of it, and removes what holds none",
  async (homeIn) => {
    const now = moved(await left(homeIn));
    const dry = await cleanWorktrees({ env, ...cleanOf(now), dryRun: true });
    expect(dry.map(({ outcome }) => outcome)).toEqual(["kept", "kept"]);
    const cleaned = await cleanWorktrees({ env, ...cleanOf(now) });
    expect(cleaned.map(({ entry, outcome }) => `${entry.item} ${outcome}`)).toEqual(["work kept", "idle removed"]);
    expect(cleaned[0]!.findings).toEqual(["untracked: notes.txt"]);
    expect(readFileSync(join(cleaned[0]!.entry.path, "notes.txt"), "utf8")).toBe("mine");
    expect(gitView(now.repository)).toMatchObject({ branches: ["main", "signalbox/run-1/work"] });
  },
);

const cleanOf = ({ repository, home }: Place): Omit<Parameters<typeof cleanWorktrees>[0], "env"> => ({
  home,
  folder: repository,
  save: false,
  forgetMissing: false,
  dryRun: false,
});

test("a state directory that was moved alone is followed too", async () => {
  const { repository, home } = await left("outside");
  const now = { repository, home: join(gitFolder(), "worktrees") };
  renameSync(home, now.home);
  await cleanWorktrees({ env, ...cleanOf(now), runs: [] });
  await expectWell(now);
});

test("a run that is resumed after the move says what its dead process left, at the new place", async () => {
  const now = moved(await left("repository"));
  const open = itemWorktrees({ home: now.home, folder: now.repository });
  const worktrees = await open({ env, runId: "run-1", settings: {}, onProblem: () => {} });
  onTestFinished(() => worktrees.close());
  expect(worktrees.leftBefore).toMatchObject([
    { item: "work", isThere: true, findings: ["untracked: notes.txt"] },
    { item: "idle", isThere: false },
  ]);
  expect(worktrees.leftBefore[0]!.path.startsWith(now.home)).toBe(true);
});

test("F1: a copy of repository and state touches nothing of the original, and says whose the worktrees are", async () => {
  const original = await left("repository");
  const copy = { repository: join(gitFolder(), "copy"), home: "" };
  cpSync(original.repository, copy.repository, { recursive: true, verbatimSymlinks: true });
  const now = { ...copy, home: join(copy.repository, ".signalbox/worktrees") };
  const cleaned = await cleanWorktrees({ env, ...cleanOf(now), save: true });
  expect(cleaned.map(({ outcome }) => outcome)).toEqual(["kept", "kept"]);
  expect(cleaned[0]!.findings[0]).toContain(join(original.home, "run-1.jsonl"));
  await (await managerAt(now, "run-2")).create({ item: "next" });
  await expectWell(original);
  // When the original goes, the copy is what was moved.
  rmSync(original.repository, { recursive: true });
  const later = await cleanWorktrees({ env, ...cleanOf(now) });
  expect(later.map(({ entry, outcome }) => `${entry.item} ${outcome}`)).toContain("work kept");
  expect(later[0]!.findings).toEqual(["untracked: notes.txt"]);
});

test("a repository that is gone: clean keeps what stands outside of it, says why, and forgets what does not", async () => {
  const { repository, home } = await left("outside");
  rmSync(repository, { recursive: true });
  const options = { env, ...cleanOf({ repository: home, home }), save: true, forgetMissing: true };
  const [work] = await cleanWorktrees(options);
  expect(work).toMatchObject({
    outcome: "kept",
    findings: [`repository: ${join(repository, ".git")} is not there: moved or deleted`],
  });
  expect(work!.remedy).toContain("signalbox worktrees doctor");
  expect(existsSync(join(work!.entry.path, "notes.txt"))).toBe(true);
  rmSync(work!.entry.path, { recursive: true });
  expect((await cleanWorktrees(options))[0]).toMatchObject({ outcome: "removed" });
  expect((await cleanWorktrees({ ...options, forgetMissing: false })).map(({ entry }) => entry.item)).toEqual(["idle"]);
});

test("a home that was given as a relative path: others know whose the worktrees are all the same", async () => {
  const repository = filledRepository();
  const home = relative(process.cwd(), join(dirname(repository), "state"));
  const manager = await managerAt({ repository, home });
  const { name } = await manager.create({ item: "build" });
  expect(readMarker(join(repository, ".git"), name)).toMatchObject({
    registry: join(dirname(repository), "state/run-1.jsonl"),
  });
});
