/**
 * Goal: nothing of the user's is ever destroyed (complaint 4): the whole table of what git itself would remove in silence.
 * Method: each row does something in a worktree, then asks to have it removed, once as it is (`keep`) and once with saving
 * (`save`). A row says what is found; whatever the outcome, its proof looks for the work afterwards.
 */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { WorktreeEntry } from "../../../src/git/worktrees/entry.ts";
import type { Removal } from "../../../src/git/worktrees/remove-worktree.ts";
import { git, gitFolder, gitRepository } from "../../support/git-repository.ts";
import { worktreeBench, write, type WorktreeBench } from "../../support/worktree-bench.ts";

interface Row {
  readonly work: string;
  /** What somebody does in the worktree. Answers how to see that nothing of it is lost. */
  readonly act: (path: string, bench: WorktreeBench, entry: WorktreeEntry) => Proof | Promise<Proof>;
  /** Kinds of what is found; empty: nothing speaks against removing it. */
  readonly found: readonly string[];
  /** Whether it can be saved and then removed. */
  readonly savable: boolean;
}

/** Looks for the work where it was, or where `removal` says that it was saved. Answers what it finds. */
type Proof = (removal: Removal | undefined) => unknown;

const KEEP_REF = "refs/signalbox/keep/run-1/build";
const admin = ({ repository, name }: WorktreeEntry): string => join(repository, "worktrees", name);

/** A file's text, from the worktree or from the ref that holds it after. */
const fileProof =
  (path: string, { repository }: WorktreeBench, name: string): Proof =>
  (removal) =>
    removal?.saved.ref === undefined
      ? readFileSync(join(path, name), "utf8").trim()
      : git(repository, "show", `${removal.saved.ref}:${name}`);

const rows: readonly Row[] = [
  {
    work: "nothing at all",
    act: () => () => "mine",
    found: [],
    savable: true,
  },
  {
    work: "a changed file",
    act: (path, bench) => {
      write(join(path, "readme.md"), "mine");
      return fileProof(path, bench, "readme.md");
    },
    found: ["changed"],
    savable: true,
  },
  {
    work: "a staged file that was changed again",
    act: (path, { repository }) => {
      write(join(path, "readme.md"), "mine");
      git(path, "add", ".");
      write(join(path, "readme.md"), "later");
      return (removal) =>
        removal?.saved.ref === undefined
          ? git(path, "show", ":readme.md")
          : git(repository, "show", `${removal.saved.ref}^2:readme.md`);
    },
    found: ["changed"],
    savable: true,
  },
  {
    work: "a deleted file",
    act: (path, { repository }) => {
      rmSync(join(path, "readme.md"));
      return (removal) =>
        removal?.saved.ref === undefined
          ? !existsSync(join(path, "readme.md")) && "mine"
          : !git(repository, "ls-tree", "--name-only", removal.saved.ref).includes("readme.md") && "mine";
    },
    found: ["changed"],
    savable: true,
  },
  {
    work: "an untracked file, with a name that needs quoting",
    act: (path, bench) => {
      write(join(path, 'new folder/ä "quoted"\n.txt'), "mine");
      return fileProof(path, bench, 'new folder/ä "quoted"\n.txt');
    },
    found: ["untracked"],
    savable: true,
  },
  {
    work: "an ignored file only (.env)",
    act: (path) => {
      write(join(path, ".env"), "mine");
      return (removal) => readFileSync(join(removal?.saved.copy ?? path, ".env"), "utf8");
    },
    found: ["ignored"],
    savable: true,
  },
  {
    work: "an ignored folder",
    act: (path) => {
      write(join(path, "node_modules/deep/file"), "mine");
      return (removal) => readFileSync(join(removal?.saved.copy ?? path, "node_modules/deep/file"), "utf8");
    },
    found: ["ignored"],
    savable: true,
  },
  {
    work: "a commit on its branch",
    act: (path, { repository }) => {
      git(path, "commit", "-q", "--allow-empty", "-m", "mine");
      return () => git(repository, "log", "-1", "--format=%s", "signalbox/run-1/build");
    },
    found: [],
    savable: true,
  },
  {
    work: "a commit on a detached HEAD that nothing else holds",
    act: (path, { repository }) => {
      git(path, "checkout", "-q", "--detach");
      git(path, "commit", "-q", "--allow-empty", "-m", "mine");
      return () => {
        git(repository, "gc", "-q", "--prune=now");
        return git(repository, "log", "-1", "--format=%s", KEEP_REF);
      };
    },
    found: [],
    savable: true,
  },
  {
    work: "a commit on a detached HEAD and a changed file on top",
    act: (path, { repository }) => {
      git(path, "checkout", "-q", "--detach");
      git(path, "commit", "-q", "--allow-empty", "-m", "mine");
      write(join(path, "readme.md"), "mine too");
      return (removal) =>
        removal?.saved.ref === undefined
          ? git(path, "log", "-1", "--format=%s")
          : git(repository, "log", "-1", "--format=%s", `${removal.saved.ref}^1`);
    },
    found: ["changed"],
    savable: true,
  },
  {
    work: "a merge with conflicts",
    act: (path) => {
      git(path, "checkout", "-q", "-b", "other", "HEAD");
      for (const [branch, text] of [
        ["left", "left"],
        ["right", "mine"],
      ] as const) {
        git(path, "checkout", "-q", "-b", branch, "other");
        write(join(path, "readme.md"), text);
        git(path, "commit", "-q", "-am", branch);
      }
      expect(() => git(path, "merge", "-q", "left")).toThrow("Command failed");
      return () => /mine/.exec(readFileSync(join(path, "readme.md"), "utf8"))?.[0];
    },
    found: ["operation", "changed"],
    savable: false,
  },
  {
    work: "a bisect",
    act: (path) => {
      git(path, "bisect", "start");
      return () => git(path, "bisect", "log").includes("start") && "mine";
    },
    found: ["operation"],
    savable: false,
  },
  {
    work: "a process that stands inside",
    act: async (path) => {
      const child = spawn("sleep", ["600"], { cwd: join(path, "src") });
      onTestFinished(() => void child.kill("SIGKILL"));
      await new Promise((resolve) => child.once("spawn", resolve));
      return () => child.exitCode === null && existsSync(join(path, "src/main.c")) && "mine";
    },
    found: ["busy"],
    savable: false,
  },
  {
    work: "a git command at work (index.lock)",
    act: (path, _bench, entry) => {
      writeFileSync(join(admin(entry), "index.lock"), "");
      return () => existsSync(join(admin(entry), "index.lock")) && existsSync(path) && "mine";
    },
    found: ["busy"],
    savable: false,
  },
  {
    work: "a lock of somebody else's",
    act: (path, { repository }) => {
      git(repository, "worktree", "unlock", path);
      git(repository, "worktree", "lock", "--reason", "mine", path);
      return () => /locked (mine)/.exec(git(repository, "worktree", "list", "--porcelain"))?.[1];
    },
    found: ["locked"],
    savable: false,
  },
  {
    work: "moved by git",
    act: (path, { repository }) => {
      write(join(path, "notes.txt"), "mine");
      git(repository, "worktree", "unlock", path);
      git(repository, "worktree", "move", path, `${path}-elsewhere`);
      return () => readFileSync(`${path}-elsewhere/notes.txt`, "utf8") && git(`${path}-elsewhere`, "status") && "mine";
    },
    found: ["moved"],
    savable: false,
  },
  {
    work: "moved by hand",
    act: (path) => {
      write(join(path, "notes.txt"), "mine");
      renameSync(path, `${path}-elsewhere`);
      // The entry in git is still there, so the worktree can be repaired.
      return () => git(`${path}-elsewhere`, "status", "--porcelain") === "?? notes.txt" && "mine";
    },
    found: ["missing"],
    savable: false,
  },
  {
    work: "replaced by a link to something precious",
    act: (path) => {
      const precious = gitFolder();
      write(join(precious, "file"), "mine");
      renameSync(path, `${path}-elsewhere`);
      symlinkSync(precious, path);
      return () => readFileSync(join(precious, "file"), "utf8");
    },
    found: ["replaced"],
    savable: false,
  },
  {
    work: "replaced by another repository",
    act: (path) => {
      rmSync(path, { recursive: true });
      git(gitRepository(), "clone", "-q", ".", path);
      write(join(path, "file"), "mine");
      return () => readFileSync(join(path, "file"), "utf8");
    },
    found: ["replaced"],
    savable: false,
  },
  {
    work: "forgotten by git, with files",
    act: (path, _bench, entry) => {
      write(join(path, "notes.txt"), "mine");
      rmSync(admin(entry), { recursive: true });
      return () => readFileSync(join(path, "notes.txt"), "utf8");
    },
    found: ["replaced"],
    savable: false,
  },
  {
    work: "a link inside that leads to something precious",
    act: (path) => {
      const precious = gitFolder();
      write(join(precious, "file"), "mine");
      symlinkSync(precious, join(path, "link.log"));
      return () => readFileSync(join(precious, "file"), "utf8");
    },
    found: ["ignored"],
    savable: true,
  },
  {
    work: "a repository inside that git does not track",
    act: (path) => {
      git(gitRepository(), "clone", "-q", ".", join(path, "inner"));
      git(join(path, "inner"), "commit", "-q", "--allow-empty", "-m", "mine");
      return () => git(join(path, "inner"), "log", "-1", "--format=%s");
    },
    found: ["nested"],
    savable: false,
  },
  {
    work: "a submodule with a commit of its own",
    act: (path) => {
      const allow = ["-c", "protocol.file.allow=always"];
      git(path, ...allow, "submodule", "add", "-q", gitRepository(), "part");
      git(path, "commit", "-q", "-am", "with a part");
      git(join(path, "part"), "commit", "-q", "--allow-empty", "-m", "mine");
      return () => git(join(path, "part"), "log", "-1", "--format=%s");
    },
    found: ["submodule", "changed"],
    savable: false,
  },
  {
    work: "a change that git was told not to look at",
    act: (path) => {
      git(path, "update-index", "--skip-worktree", "readme.md");
      git(path, "update-index", "--assume-unchanged", "src/main.c");
      write(join(path, "readme.md"), "mine");
      return () => readFileSync(join(path, "readme.md"), "utf8");
    },
    found: ["hidden"],
    savable: false,
  },
];

describe.each(rows)("complaint 4: $work", ({ act, found, savable }) => {
  test.each(["keep", "save"] as const)("is safe when the worktree is to be removed with `%s`", async (work) => {
    const bench = await worktreeBench();
    const entry = await bench.manager.create({ item: "build" });
    const proof = await act(entry.path, bench, entry);
    const removal = await bench.manager.remove(entry.name, { work });
    const goes = found.length === 0 || (work === "save" && savable);
    expect(removal).toMatchObject({ outcome: goes ? "removed" : "kept" });
    expect(String(await proof(removal))).toMatch(/^mine/);
    if (goes) {
      expect(existsSync(entry.path)).toBe(false);
      expect(git(bench.repository, "worktree", "list").split("\n")).toHaveLength(1);
    } else {
      expect(removal!.findings.map(({ kind }) => kind)).toEqual(found);
      expect(removal!.remedy).toMatch(/\w/);
      // What could not be removed does not keep the others.
      const next = await bench.manager.create({ item: "next" });
      expect(await bench.manager.remove(next.name)).toMatchObject({ outcome: "removed" });
      expect(bench.registry.entry(entry.name)).toMatchObject({ status: "kept" });
    }
  });
});

test("what was kept can be removed when its reason is gone", async () => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build" });
  write(join(path, "notes.txt"), "mine");
  expect(await bench.manager.remove(name)).toMatchObject({ outcome: "kept" });
  rmSync(join(path, "notes.txt"));
  expect(await bench.manager.remove(name)).toMatchObject({ outcome: "removed" });
});

test("a worktree that was deleted by hand is forgotten when somebody says so, and its commit is held first", async () => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build", branch: "detached" });
  git(path, "commit", "-q", "--allow-empty", "-m", "mine");
  rmSync(path, { recursive: true });
  expect(await bench.manager.remove(name)).toMatchObject({ outcome: "kept", findings: [{ kind: "missing" }] });
  expect(await bench.manager.remove(name, { forgetMissing: true })).toMatchObject({ outcome: "removed" });
  expect(git(bench.repository, "log", "-1", "--format=%s", KEEP_REF)).toBe("mine");
});

test("work that is saved a second time gets a ref of its own; the first is not moved", async () => {
  const bench = await worktreeBench();
  for (const text of ["one", "two"]) {
    const { name, path } = await bench.manager.create({ item: "build" });
    write(join(path, "notes.txt"), text);
    await bench.manager.remove(name, { work: "save" });
  }
  expect(git(bench.repository, "show", `${KEEP_REF}:notes.txt`)).toBe("one");
  expect(git(bench.repository, "show", `${KEEP_REF}-2:notes.txt`)).toBe("two");
});

test("work that comes between the look and the removal is seen", async () => {
  const bench = await worktreeBench();
  const { name, path } = await bench.manager.create({ item: "build" });
  // Git runs the filter of a changed file whenever it looks at it; this one writes when the folder has its last name.
  const seen = join(bench.home, "seen");
  mkdirSync(seen);
  // Of the old size: otherwise git need not look inside.
  write(join(path, "readme.md"), "mine 12\n");
  git(
    bench.repository,
    "config",
    "filter.late.clean",
    `touch '${seen}'/$$; echo later >> '${path}.removing/late.txt' 2>/dev/null; cat`,
  );
  write(join(bench.repository, ".git/info/attributes"), "*.md filter=late\n");
  const removal = await bench.manager.remove(name, { work: "save" });
  expect(readdirSync(seen).length).toBeGreaterThan(1);
  expect(removal).toMatchObject({ outcome: "kept" });
  expect(readFileSync(join(path, "late.txt"), "utf8")).toContain("later");
  expect(git(path, "status", "--porcelain")).toContain("?? late.txt");
});

test("M2: a worktree of a living process is not removed by another run's cleanup, nor by its own in another process", async () => {
  const bench = await worktreeBench();
  const other = await worktreeBench({ repository: bench.repository, runId: "run-2" });
  const entry = await bench.manager.create({ item: "build" });
  await bench.registry.record(
    entry.name,
    { type: "take", token: 2 },
    { owner: { ...entry.owner, pid: 1, started: "" } },
  );
  expect(await other.manager.clean()).toEqual([]);
  expect(await (await bench.again()).clean()).toEqual([]);
  expect(existsSync(entry.path)).toBe(true);
});
