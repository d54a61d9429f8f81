/** What `signalbox worktrees doctor` tells of: real repositories in which something was left or replaced. */
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { examineRepository, type Trouble } from "../../src/git/examine.ts";
import type { WorktreeEntry } from "../../src/git/worktrees/entry.ts";
import { readMarker, writeMarker } from "../../src/git/worktrees/marker.ts";
import { registryFile } from "../../src/git/worktrees/registry.ts";
import { git } from "../support/git-repository.ts";
import { worktreeBench, write, type WorktreeBench } from "../support/worktree-bench.ts";

const env = nodeEnv();

/** A worktree whose process is gone. */
async function ofDead({ manager, registry }: WorktreeBench): Promise<WorktreeEntry> {
  const { name, owner, token, repository } = await manager.create({ item: "build" });
  const dead = { ...owner, bootId: "an earlier start" };
  writeMarker(repository, { ...readMarker(repository, name)!, owner: dead });
  return await registry.record(name, { type: "take", token: token + 1 }, { owner: dead });
}

async function troubles({ repository }: WorktreeBench): Promise<readonly Trouble[]> {
  return (await examineRepository({ env, folder: repository, home: undefined, mend: true })).troubles;
}

test("S3-22: every kind of lock file that a killed git left is told with its path; one that is young is not", async () => {
  const bench = await worktreeBench();
  const { name } = await ofDead(bench);
  const common = join(bench.repository, ".git");
  const [index, branch, own, young] = [
    join(common, "worktrees", name, "index.lock"),
    join(common, "refs/heads/main.lock"),
    join(common, "index.lock"),
    join(common, "refs/heads/topic.lock"),
  ];
  for (const file of [index, branch, own, young]) write(file, "");
  const twoHoursAgo = Date.now() / 1000 - 7_200;
  for (const file of [index, branch, own]) utimesSync(file, twoHoursAgo, twoHoursAgo);
  const told = await troubles(bench);
  expect(told.map(({ remedy }) => remedy).toSorted()).toEqual(
    [index, branch, own].map((file) => `when no git command runs here, delete ${file}`).toSorted(),
  );
});

const rows: readonly (readonly [string, (entry: WorktreeEntry, bench: WorktreeBench) => void, string])[] = [
  ["is untouched", () => {}, ""],
  [
    "became a link to elsewhere",
    ({ path }, { repository }) => {
      renameSync(path, `${path}-elsewhere`);
      symlinkSync(repository, path);
    },
    "something else stands",
  ],
  [
    "became another repository",
    ({ path }) => {
      rmSync(path, { recursive: true });
      mkdirSync(path);
      git(dirname(path), "init", "-q", path);
    },
    "something else stands",
  ],
  ["is gone", ({ path }) => rmSync(path, { recursive: true }), "is not there"],
  [
    "has its last name, and git was told to forget it",
    ({ path, repository, name }) => {
      renameSync(path, `${path}.removing`);
      rmSync(join(repository, "worktrees", name), { recursive: true });
    },
    ".removing is there",
  ],
];

test.for(rows)("S3-22: of a worktree of ours that %s", async ([, act, told]) => {
  const bench = await worktreeBench();
  const entry = await ofDead(bench);
  act(entry, bench);
  const found = await troubles(bench);
  expect(found).toHaveLength(told === "" ? 0 : 1);
  expect(found.map(({ what }) => what).join()).toContain(told);
});

test("a registry that cannot be read is told of, and blocks no repair of others", async () => {
  const bench = await worktreeBench();
  const other = await worktreeBench({ repository: bench.repository, runId: "run-2" });
  const [unreadable, half] = [await ofDead(bench), await ofDead(other)];
  write(join(half.repository, "worktrees", half.name, "commondir"), "");
  const file = registryFile(bench.home, "run-1");
  renameSync(file, `${file}.away`);
  mkdirSync(file);
  const { repairs, troubles: found } = await examineRepository({
    env,
    folder: bench.repository,
    home: undefined,
    mend: true,
  });
  expect(found.map(({ what }) => what)).toEqual([
    expect.stringMatching(new RegExp(`${unreadable.path} cannot be read: EISDIR`)),
  ]);
  expect(repairs.map(({ name }) => name)).toEqual([half.name]);
});
