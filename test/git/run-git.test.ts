/**
 * Goal: a git command of ours acts on what it was given and on nothing else, and nothing of it is left when it has ended.
 * Method: real git in real repositories; what must not run leaves a file behind if it does.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { describe, expect, vi } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { gitOutput, runGit } from "../../src/git/run-git.ts";
import { startWithNoFilesLeft } from "../support/commands.ts";
import { git, gitFolder, gitRepository } from "../support/git-repository.ts";

const env = nodeEnv();

describe("what it gives", () => {
  test("an exit code is an answer, with what git printed and said", async () => {
    const repository = gitRepository();
    expect(await runGit(repository, ["rev-parse", "--abbrev-ref", "HEAD"], { env })).toEqual({
      stdout: "main\n",
      stderr: "",
      code: 0,
    });
    const missing = await runGit(repository, ["rev-parse", "--verify", "--quiet"], { env, operands: ["missing"] });
    expect(missing.code).toBe(1);
  });

  test("where only success will do, the error says which command, where, and what git said", async () => {
    const repository = gitRepository();
    await expect(gitOutput(repository, ["cat-file", "-t"], { env, operands: ["missing"] })).rejects.toMatchObject({
      code: "git_failed",
      args: ["cat-file", "-t", "--end-of-options", "missing"],
      cwd: repository,
      exitCode: 128,
      stderr: expect.stringContaining("Not a valid object name missing"),
      message: expect.stringContaining(`\`git cat-file -t --end-of-options missing\` in ${repository}`),
    });
  });

  test("input goes in, and a command that does not read it is no error", async () => {
    const repository = gitRepository();
    const big = "x".repeat(1_000_000);
    expect(await gitOutput(repository, ["hash-object", "--stdin"], { env, input: "hello\n" })).toBe(
      "ce013625030ba8dba906f756967f9e9ca394464a",
    );
    expect((await runGit(repository, ["rev-parse", "HEAD"], { env, input: big })).code).toBe(0);
  });

  test("a folder that is not there, or no git, is told apart from a failure of git's", async () => {
    await expect(runGit(join(gitFolder(), "missing"), ["status"], { env })).rejects.toMatchObject({
      code: "git_unavailable",
      message: expect.stringContaining("Check that git is installed"),
    });
  });

  test("what the system refuses at once is told the same, and not at a length that nobody can read", async () => {
    const repository = gitRepository();
    // More of one variable than the system takes; on some it takes more words.
    const large = { LARGE: "x".repeat(5_000_000) };
    const refused = await runGit(repository, ["status"], {
      env,
      variables: large,
      operands: ["y".repeat(50_000)],
    }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "git_unavailable", cwd: repository });
    expect((refused as Error).message).toMatch(
      /^Expected to start `git status .* in .*, got: spawn E2BIG\. .*shorten/s,
    );
    expect((refused as Error).message.length).toBeLessThan(5_000);
    const file = join(repository, "file");
    writeFileSync(file, "");
    await expect(runGit(file, ["status"], { env })).rejects.toMatchObject({
      code: "git_unavailable",
      message: expect.stringMatching(/got: spawn .*ENOTDIR\. Check that git is installed/),
    });
  });

  test("too many open files are told as such, with what to do", async () => {
    const [refused, again] = await startWithNoFilesLeft("git", gitRepository());
    expect(refused).toContain("EMFILE. Allow more open files (`ulimit -n`), or fewer live items");
    expect(again).toBe("started");
  });
});

describe("what it acts on", () => {
  test("S3-05: variables of git in our own environment lead it nowhere else", async () => {
    const [repository, other] = [gitRepository(), gitRepository()];
    const hostile = { GIT_DIR: join(other, ".git"), GIT_WORK_TREE: other, GIT_INDEX_FILE: "/dev/null", LANGUAGE: "de" };
    for (const [name, value] of Object.entries(hostile)) vi.stubEnv(name, value);
    expect(await gitOutput(repository, ["rev-parse", "--show-toplevel"], { env })).toBe(repository);
    expect((await runGit(repository, ["branch", "own"], { env })).code).toBe(0);
    vi.unstubAllEnvs();
    expect([git(repository, "branch", "--list", "own"), git(other, "branch", "--list", "own")]).toEqual(["own", ""]);
  });

  test.each(["-d", "--help", "--delete", "-x", "--", "--end-of-options", "--exec=touch canary"])(
    "%s from outside is never taken for an option",
    async (hostile) => {
      const repository = gitRepository();
      git(repository, "branch", "kept");
      const named = await runGit(repository, ["branch"], { env, operands: [hostile, "kept"] });
      expect(named.code).not.toBe(0);
      const read = await runGit(repository, ["rev-parse", "--verify", "--quiet"], { env, operands: [hostile] });
      expect(read).toMatchObject({ stdout: "", code: 1 });
      await runGit(repository, ["rm", "-q"], { env, paths: [hostile] });
      expect(git(repository, "branch", "--list", "kept")).toBe("kept");
      expect(existsSync(join(repository, "canary"))).toBe(false);
    },
  );

  test.prop([fc.string({ unit: "binary", maxLength: 20 })], { numRuns: 40 })(
    "no name from outside becomes an option, a second word or a shell's business",
    async (name) => {
      // It only reads, so the repository of this file will do.
      const repository = process.cwd();
      const asked = runGit(repository, ["check-ref-format", "--branch"], { env, operands: [name] });
      if (name.includes("\0")) {
        await expect(asked).rejects.toMatchObject({ code: "invalid_usage" });
        return;
      }
      await asked;
      const { code } = await runGit(repository, ["rev-parse", "--verify", "--quiet"], { env, operands: [`x${name}`] });
      expect(code).not.toBe(0);
    },
  );

  test("hooks run only where that is asked for", async () => {
    const repository = gitRepository();
    const hook = join(repository, ".git", "hooks", "post-checkout");
    mkdirSync(join(repository, ".git", "hooks"), { recursive: true });
    writeFileSync(hook, "#!/bin/sh\ntouch ran\n");
    chmodSync(hook, 0o755);
    await runGit(repository, ["checkout", "-q", "--detach"], { env });
    expect(existsSync(join(repository, "ran"))).toBe(false);
    await runGit(repository, ["checkout", "-q", "main"], { env, hooks: true });
    expect(existsSync(join(repository, "ran"))).toBe(true);
  });
});

describe("how it ends", () => {
  // Git runs an alias with `!` in a shell, which is how it gets children here that know nothing of each other.
  const slow = (file: string): string[] => ["-c", `alias.slow=!(sleep 300 & echo $! > ${file}; wait) & wait`, "slow"];

  test.each<[string, (controller: AbortController) => { signal?: AbortSignal; timeoutMs?: number }, object]>([
    [
      "its timeout",
      () => ({ timeoutMs: 700 }),
      { code: "git_failed", message: expect.stringContaining("to end within 700 ms") },
    ],
    ["an abort", ({ signal }) => ({ signal }), { message: "no longer wanted" }],
  ])("%s ends everything that it started, before anybody is told", async (_title, limits, error) => {
    const repository = gitRepository();
    const file = join(repository, "pid");
    const controller = new AbortController();
    const running = runGit(repository, slow(file), { env, ...limits(controller) });
    const outcome = running.catch((thrown: unknown) => ({
      thrown,
      alive: isAlive(Number(readFileSync(file, "utf8"))),
    }));
    await vi.waitFor(() => expect(Number(readFileSync(file, "utf8"))).toBeGreaterThan(0));
    controller.abort(new Error("no longer wanted"));
    expect(await outcome).toMatchObject({ thrown: error, alive: false });
  });

  test("a command whose signal is aborted already is not started", async () => {
    const repository = gitRepository();
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(runGit(repository, ["branch", "made"], { env, signal })).rejects.toThrow("too late");
    expect(git(repository, "branch", "--list", "made")).toBe("");
  });

  test("one that prints without end is ended", async () => {
    const endless = ["-c", "alias.endless=!yes", "endless"];
    await expect(runGit(gitRepository(), endless, { env, outputBytesMax: 10_000 })).rejects.toMatchObject({
      code: "git_failed",
      message: expect.stringContaining("at most 10000 bytes"),
    });
  });

  test("something that it leaves running with its output open is not waited for", async () => {
    const repository = gitRepository();
    const leaving = ["-c", "alias.leaving=!sleep 20 & echo $!", "leaving"];
    const { stdout, code } = await runGit(repository, leaving, { env, timeoutMs: 10_000 });
    expect([code, Number(stdout) > 1]).toEqual([0, true]);
    process.kill(Number(stdout));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
