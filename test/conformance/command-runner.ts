/**
 * Goal: both runners do the same, since they share no code. Method: the command executor with each of them, real commands.
 * A bug would look like: an exit code lost, a process left, a variable too many, a command that blocks on its output.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunnerKind } from "../../src/executors/runner-process.ts";
import {
  alive,
  CommandBench,
  failureData,
  runnersOf,
  sleepMark,
  until,
  type AttemptOptions,
} from "../support/commands.ts";

export function commandRunnerConformance(runner: RunnerKind): void {
  const bench = (options: ConstructorParameters<typeof CommandBench>[0] = {}): CommandBench =>
    new CommandBench({ runner, ...options });

  describe("how a command ends", () => {
    test.each([
      ["true", { kind: "done" }],
      ["exit 0", { kind: "done" }],
    ])("%s is done", async (command, outcome) => {
      await using commands = bench();
      expect(await commands.run(command)).toEqual(outcome);
    });

    test.each([
      ["exit 1", "exit", "exit code 1", { exitCode: 1 }],
      ["exit 255", "exit", "exit code 255", { exitCode: 255 }],
      ["exit 137", "exit", "exit code 137 (the shell's word for SIGKILL)", { exitCode: 137 }],
      ["kill -9 $$", "signal", "ended by SIGKILL", { signal: "SIGKILL" }],
      ["kill -TERM $$", "signal", "ended by SIGTERM", { signal: "SIGTERM" }],
      ["no-such-program-here", "exit", "exit code 127 (command not found)", { exitCode: 127 }],
      ["./not-executable", "exit", "exit code 126 (not executable)", { exitCode: 126 }],
      ["if", "exit", "exit code 2", { exitCode: 2 }],
    ])("%s fails with %s: %s", async (command, code, message, data) => {
      await using commands = bench();
      writeFileSync(join(commands.folder, "not-executable"), "");
      const outcome = await commands.run(command);
      expect(outcome).toMatchObject({ kind: "failed", retryable: true, reason: { code, message, data } });
    });

    test("a folder that is not there, or is none, is told with its path and not tried again", async () => {
      await using commands = bench();
      writeFileSync(join(commands.folder, "file"), "");
      for (const cwd of ["absent/place", "file"]) {
        const outcome = await commands.run("true", { cwd });
        expect(outcome).toMatchObject({ kind: "failed", retryable: false, reason: { code: "spawn_failed" } });
        expect(outcome).toHaveProperty("reason.message", expect.stringContaining(join(commands.folder, cwd)));
      }
      expect(await commands.run("true")).toEqual({ kind: "done" });
    });

    test("a command longer than the system allows is told as one that could not be started", async () => {
      await using commands = bench();
      const outcome = await commands.run(`true ${"x".repeat(300_000)}`);
      expect(outcome).toMatchObject({ kind: "failed", retryable: false, reason: { code: "spawn_failed" } });
      expect(await commands.run("true")).toEqual({ kind: "done" });
    });
  });

  describe("what a command gets", () => {
    test("its environment is the allow-list, what is declared and the five of ours, nothing else", async () => {
      await using commands = bench({
        environment: {
          PATH: process.env["PATH"],
          HOME: "/far/away",
          LC_ALL: "C",
          GIT_DIR: "/somewhere/else",
          AWS_SECRET_ACCESS_KEY: "secret",
          NODE_OPTIONS: "--no-warnings",
          SIGNALBOX_TOKEN: "secret",
        },
      });
      const env = { DECLARED: "a = b\nc", EMPTY: "", SIGNALBOX_ITEM: "not yours", __proto__x: "1" };
      await commands.run("env -0 > seen", { item: "build", env });
      const seen = new Map(
        readFileSync(join(commands.folder, "seen"), "utf8")
          .split("\0")
          .filter((line) => line !== "")
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
      // These the shell sets for itself; the last one Node hands on while coverage is measured.
      for (const name of ["PWD", "OLDPWD", "SHLVL", "_", "NODE_V8_COVERAGE"]) seen.delete(name);
      expect(Object.fromEntries(seen)).toEqual({
        PATH: process.env["PATH"],
        HOME: "/far/away",
        LC_ALL: "C",
        DECLARED: "a = b\nc",
        EMPTY: "",
        __proto__x: "1",
        SIGNALBOX_RUN_ID: commands.runId,
        SIGNALBOX_ITEM: "build",
        SIGNALBOX_ATTEMPT: "1",
        SIGNALBOX_INPUTS: expect.stringContaining(commands.outputDirectory),
        SIGNALBOX_OUTPUT: expect.stringContaining(commands.outputDirectory),
      });
    });

    test("a variable that one command declares is not seen by the next, and a passed one is itself again", async () => {
      await using commands = bench({ environment: { PATH: process.env["PATH"], LANG: "C" } });
      expect(await commands.run('test "$LANG$MINE" = "xy"', { env: { LANG: "x", MINE: "y" } })).toEqual({
        kind: "done",
      });
      expect(await commands.run('test "$LANG" = "C" && test -z "${MINE+set}"')).toEqual({ kind: "done" });
    });

    test("it runs in the plan's folder, in a relative folder, in an absolute one", async () => {
      await using commands = bench();
      mkdirSync(join(commands.folder, "sub folder"));
      await commands.run("pwd -P > seen");
      await commands.run("pwd -P > ../seen-relative", { cwd: "sub folder" });
      expect(await commands.run('test "$(pwd -P)" = /', { cwd: "/" })).toEqual({ kind: "done" });
      expect(readFileSync(join(commands.folder, "seen-relative"), "utf8").trim()).toBe(
        `${readFileSync(join(commands.folder, "seen"), "utf8").trim()}/sub folder`,
      );
    });

    test("its standard input is empty, it has no terminal, and leads a process group of its own", async () => {
      await using commands = bench();
      expect(await commands.run("if read line; then exit 7; fi; exit 0")).toEqual({ kind: "done" });
      expect(await commands.run("! true < /dev/tty")).toEqual({ kind: "done" });
      expect(await commands.run('test "$(ps -o pgid= -p $$ | tr -d " ")" = $$')).toEqual({ kind: "done" });
    });

    test("it inherits no open file of ours and no ignored signal", async () => {
      await using commands = bench();
      // A shell that may write to a closed pipe is ended by the signal only if that is not ignored.
      expect(await commands.run("sh -c 'kill -PIPE $$; exit 0'")).toMatchObject({ kind: "failed" });
      if (process.platform === "linux") {
        await commands.run('for fd in /proc/$$/fd/*; do readlink "$fd"; done > seen');
        const sockets = readFileSync(join(commands.folder, "seen"), "utf8")
          .split("\n")
          .filter((line) => line.startsWith("socket:"));
        expect(sockets).toEqual([]);
      }
    });

    test("inputs come as a JSON file, also when there are none and when they are big", async () => {
      await using commands = bench();
      const big = { text: "ä".repeat(100_000) };
      for (const [name, inputs] of Object.entries({
        none: {},
        small: { a: null, b: [1, { c: "\n\0'\"$(x)" }] },
        big: { big },
      })) {
        expect(await commands.run(`cat "$SIGNALBOX_INPUTS" > ${name}`, { inputs })).toEqual({ kind: "done" });
        expect(JSON.parse(readFileSync(join(commands.folder, name), "utf8"))).toEqual(inputs);
      }
    });

    test("what a command makes of its inputs file does not reach the next one, nor any other file", async () => {
      await using commands = bench();
      const victim = join(commands.folder, "victim");
      writeFileSync(victim, "untouched");
      const spoils = [
        `ln -sf ${victim} "$SIGNALBOX_INPUTS"`,
        'rm "$SIGNALBOX_INPUTS"; mkfifo "$SIGNALBOX_INPUTS"',
        'chmod 0 "$SIGNALBOX_INPUTS"',
        'ln -f "$SIGNALBOX_INPUTS" kept; mv kept victim-too',
        'echo longer than any >> "$SIGNALBOX_INPUTS"',
      ];
      for (const [index, spoil] of spoils.entries()) {
        const inputs = { need: index };
        expect(await commands.run(`cat "$SIGNALBOX_INPUTS" > seen; ${spoil}`, { inputs })).toEqual({ kind: "done" });
        expect(readFileSync(join(commands.folder, "seen"), "utf8")).toBe(JSON.stringify(inputs));
      }
      expect(readFileSync(victim, "utf8")).toBe("untouched");
    });

    test("nothing of an item is run as a command", async () => {
      await using commands = bench();
      const evil = "$(touch pwn)`touch pwn`';touch pwn;'\"\n";
      const options: AttemptOptions = { item: evil, env: { EVIL: evil }, inputs: { [evil]: evil } };
      expect(
        await commands.run('echo "$SIGNALBOX_ITEM" "$EVIL"; cat "$SIGNALBOX_INPUTS"; exit 1', options),
      ).toMatchObject({ kind: "failed" });
      expect(existsSync(join(commands.folder, "pwn"))).toBe(false);
      expect(readdirSync(commands.folder).toSorted()).toEqual(["state"]);
    });
  });

  describe("what a command gives", () => {
    test.each([
      ['printf "{\\"a\\":[1,null]}"', { a: [1, null] }],
      ["echo '\"text\"'", "text"],
      ["echo 12; true", 12],
    ])("%s as its output", async (command, output) => {
      await using commands = bench();
      expect(await commands.run(`{ ${command}; } > "$SIGNALBOX_OUTPUT"`)).toEqual({ kind: "done", output });
    });

    test("an output of many kilobytes arrives whole", async () => {
      await using commands = bench();
      const outcome = await commands.run(
        `{ printf '"'; head -c 300000 /dev/zero | tr '\\0' x; printf '"'; } > "$SIGNALBOX_OUTPUT"`,
      );
      expect(outcome).toEqual({ kind: "done", output: "x".repeat(300_000) });
    });

    test.each([
      ["no JSON", "echo not json"],
      ["two values", "echo 1 2"],
      ["an empty file", "true"],
      ["bytes that are not UTF-8", "printf '\"\\377\"'"],
      ["more than is allowed", `{ printf '"'; head -c 2000 /dev/zero | tr '\\0' x; printf '"'; }`],
      ["too many levels", "{ head -c 500 /dev/zero | tr '\\0' '['; head -c 500 /dev/zero | tr '\\0' ']'; }"],
    ])("%s fails as output_not_json, once and for all", async (_name, command) => {
      await using commands = bench({ outputBytesMax: 1_000 });
      const outcome = await commands.run(`${command} > "$SIGNALBOX_OUTPUT"`);
      expect(outcome).toMatchObject({ kind: "failed", retryable: false, reason: { code: "output_not_json" } });
    });

    test("a folder or a pipe in place of the output file fails and blocks nobody", async () => {
      await using commands = bench();
      for (const command of ['mkdir "$SIGNALBOX_OUTPUT"', 'mkfifo "$SIGNALBOX_OUTPUT"']) {
        expect(await commands.run(command)).toMatchObject({ kind: "failed", reason: { code: "output_not_json" } });
      }
    });

    test("an output of a command that fails is dropped", async () => {
      await using commands = bench();
      expect(await commands.run('echo 1 > "$SIGNALBOX_OUTPUT"; exit 3')).toMatchObject({ reason: { code: "exit" } });
      await commands.executor.stop();
      expect(readdirSync(join(commands.outputDirectory, commands.runId))).toEqual([]);
    });
  });

  describe("what a command prints", () => {
    test("both streams stand in one file, in order, and the last lines in the reason of a failure", async () => {
      await using commands = bench({ tailLines: 3 });
      const outcome = await commands.run("for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 9", {
        item: "build[os=a/b]",
      });
      expect(outcome).toMatchObject({ reason: { data: { tail: ["err 2", "out 3", "err 3"], exitCode: 9 } } });
      const file = join(commands.outputDirectory, commands.runId, "build_os_a_b_.1.1.log");
      expect(outcome).toHaveProperty("reason.data.outputFile", file);
      expect(readFileSync(file, "utf8")).toBe("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(join(commands.outputDirectory, commands.runId)).mode & 0o777).toBe(0o700);
    });

    test("bytes of any kind and a line that never ends become harmless lines", async () => {
      await using commands = bench();
      const outcome = await commands.run(
        "printf '\\033]0;title\\007\\033[2Jred\\000\\377 '; head -c 5000 /dev/zero | tr '\\0' y; exit 1",
      );
      const tail = failureData(outcome)["tail"] as string[];
      expect(tail).toHaveLength(1);
      expect(tail[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(tail[0]!.length).toBeLessThanOrEqual(500);
    });

    test("100 MB are taken without stopping the command; beginning and end are kept", async () => {
      await using commands = bench({ logBytesMax: 1024 * 1024 });
      const outcome = await commands.run("echo first; yes | head -c 100000000; echo last; exit 1");
      expect(outcome).toMatchObject({ reason: { data: { exitCode: 1, tail: expect.arrayContaining(["last"]) } } });
      const text = readFileSync(failureData(outcome)["outputFile"] as string, "utf8");
      expect(text.length).toBeLessThanOrEqual(1024 * 1024);
      expect(text.startsWith("first\ny\n")).toBe(true);
      expect(text.endsWith("y\nlast\n")).toBe(true);
      expect(text).toContain("bytes are left out here");
    });

    test("what a process prints that outlived its command stands in no log of another", async () => {
      await using commands = bench();
      const stray = `while ! test -e go; do sleep 0.02; done; echo stray; touch gone`;
      // Without setsid (macOS) it is ended with its command, which is as good.
      await commands.run(`command -v setsid > where || exit 0; setsid sh -c '${stray}' & sleep 0.2`, { item: "stray" });
      const later = commands.begin("while ! test -e gone; do sleep 0.02; done; exit 1", { item: "later" });
      if (readFileSync(join(commands.folder, "where"), "utf8") === "") writeFileSync(join(commands.folder, "gone"), "");
      writeFileSync(join(commands.folder, "go"), "");
      expect(failureData(await later.outcome)["tail"]).toEqual([]);
    });

    test("logs of attempts that printed nothing are gone at the end, the others are not", async () => {
      await using commands = bench();
      await Promise.all([1, 2, 3, 4, 5, 6].map((i) => commands.run(i === 4 ? "echo x" : "true", { inputs: { i } })));
      await commands.run("echo y", { item: "last" });
      await commands.executor.stop();
      expect(readdirSync(join(commands.outputDirectory, commands.runId)).toSorted()).toEqual([
        "item-4.1.4.log",
        "last.1.7.log",
      ]);
    });

    test("the last line of a live item can be read while it runs", async () => {
      await using commands = bench();
      const attempt = commands.begin("echo one; printf 'two\\033[1m'; until test -e go; do sleep 0.02; done", {
        item: "slow",
      });
      await until(() => commands.executor.tailOf("slow")?.[0] === "two", "the line");
      expect(commands.executor.tailOf("slow", 5)).toEqual(["one", "two"]);
      expect(commands.executor.tailOf("other")).toBeUndefined();
      writeFileSync(join(commands.folder, "go"), "");
      expect(await attempt.outcome).toEqual({ kind: "done" });
      expect(commands.executor.tailOf("slow")).toBeUndefined();
    });
  });

  describe("ends and starts", () => {
    test("R2: what a command leaves in the background is ended before it is over, and does not hold it up", async () => {
      await using commands = bench();
      const mark = sleepMark();
      const startedAt = process.hrtime.bigint();
      expect(await commands.run(`sleep ${mark} & (trap "" TERM; sleep ${mark}) & echo done`)).toEqual({ kind: "done" });
      expect(alive(mark)).toEqual([]);
      expect(Number(process.hrtime.bigint() - startedAt) / 1e6).toBeLessThan(15_000);
    });

    test("I4: a command that answers TERM with success was aborted, not done", async () => {
      await using commands = bench({ graceMs: 10_000 });
      const attempt = commands.begin("trap 'exit 0' TERM; echo ready; while :; do sleep 0.02; done", {
        item: "polite",
      });
      await until(() => commands.executor.tailOf("polite")?.[0] === "ready", "the trap");
      attempt.abort("enough");
      attempt.abort("again");
      expect(await attempt.outcome).toEqual({ kind: "aborted" });
      attempt.abort("late");
    });

    test("a stopped command is ended like any other", async () => {
      await using commands = bench();
      const mark = sleepMark();
      const attempt = commands.begin(`kill -STOP $$; sleep ${mark}`);
      await until(() => alive(mark).length === 1, "the command");
      attempt.abort("enough");
      expect(await attempt.outcome).toEqual({ kind: "aborted" });
      expect(alive(mark)).toEqual([]);
    });

    test("I2: an attempt that is aborted before it was sent never runs", async () => {
      await using commands = bench();
      const attempt = commands.begin("touch ran");
      attempt.abort("changed my mind");
      expect(await attempt.outcome).toEqual({ kind: "aborted" });
      expect(await commands.run("true")).toEqual({ kind: "done" });
      expect(existsSync(join(commands.folder, "ran"))).toBe(false);
    });

    test("stop before start, twice, and an attempt afterwards are all fine", async () => {
      await using commands = bench();
      await commands.executor.stop();
      await commands.executor.stop({ graceful: false });
      expect(await commands.run("touch ran")).toEqual({ kind: "aborted" });
      expect(existsSync(join(commands.folder, "ran"))).toBe(false);
    });

    test("stop leaves no runner", async () => {
      await using commands = bench();
      await commands.executor.start();
      const runners = runnersOf(process.pid);
      expect(runners.length).toBeGreaterThanOrEqual(1);
      await commands.executor.stop();
      await until(() => runnersOf(process.pid).length < runners.length, "the end of the runner");
    });

    test("I1: 300 commands, 20 at once, are each reported once", async () => {
      await using commands = bench();
      const attempts = Array.from({ length: 300 }, (_, i) => commands.begin(`exit ${i % 3}`));
      const outcomes = await Promise.all(attempts.map(({ outcome }) => outcome));
      expect(outcomes.map((outcome) => (outcome.kind === "done" ? 0 : failureData(outcome)["exitCode"]))).toEqual(
        attempts.map((_, i) => i % 3),
      );
      expect(attempts.every(({ reports }) => reports() === 1)).toBe(true);
    });

    test("I3: when the runner is killed its attempts fail as runner_lost, nothing of them lives, and the next one runs", async () => {
      await using commands = bench();
      const mark = sleepMark();
      await commands.executor.start();
      const attempts = [1, 2].map(() => commands.begin(`trap "" TERM; sleep ${mark}; sleep ${mark}`));
      await until(() => alive(mark).length === 4, "the commands");
      for (const runner of runnersOf(process.pid)) process.kill(runner, "SIGKILL");
      for (const { outcome } of attempts)
        expect(await outcome).toMatchObject({ kind: "failed", retryable: true, reason: { code: "runner_lost" } });
      expect(alive(mark)).toEqual([]);
      expect(commands.problems).toHaveLength(1);
      expect(await commands.run("true")).toEqual({ kind: "done" });
    });

    test("a runner that is asked to end by a signal ends its commands first", async () => {
      await using commands = bench();
      const mark = sleepMark();
      const attempt = commands.begin(`sleep ${mark}`);
      await until(() => alive(mark).length >= 1, "the command");
      for (const runner of runnersOf(process.pid)) process.kill(runner, "SIGTERM");
      expect(await attempt.outcome).toMatchObject({ kind: "failed", reason: { code: "runner_lost" } });
      expect(alive(mark)).toEqual([]);
    });
  });
}
