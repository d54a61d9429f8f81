/**
 * Goal: I1, every attempt finds exactly its inputs in its own file, and nothing of them is left at the end. Method: real commands
 * that spoil their file in turn, with both runners. A bug would look like inputs that an earlier command wrote.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CommandBench } from "../support/commands.ts";

describe.each(["fast", "portable"] as const)("inputs files with the %s runner", (runner) => {
  const bench = (): CommandBench => new CommandBench({ runner });

  test("I1: items without needs each find {} as their inputs, whatever a command before made of it", async () => {
    await using commands = bench();
    for (const spoil of [
      "true",
      'echo "{\\"evil\\": 1}" > "$SIGNALBOX_INPUTS"',
      ': > "$SIGNALBOX_INPUTS"',
      'rm "$SIGNALBOX_INPUTS"',
      'rm "$SIGNALBOX_INPUTS"; mkdir -p "$SIGNALBOX_INPUTS/full"',
      'chmod 200 "$SIGNALBOX_INPUTS"',
      "true",
    ]) {
      const look = 'ls -l "$SIGNALBOX_INPUTS" | cut -c1-10; cat "$SIGNALBOX_INPUTS"';
      expect(await commands.run(`(${look}) > seen; ${spoil}`)).toEqual({ kind: "done" });
      expect(readFileSync(join(commands.folder, "seen"), "utf8")).toBe("-rw-------\n{}");
    }
  });

  test("I1: items without needs that run at once do not see what another makes of its inputs", async () => {
    await using commands = bench();
    const reader = commands.begin('until test -e spoilt; do sleep 0.02; done; cat "$SIGNALBOX_INPUTS" > seen');
    await commands.run('rm "$SIGNALBOX_INPUTS"; echo 1 > "$SIGNALBOX_INPUTS"; touch spoilt');
    expect(await reader.outcome).toEqual({ kind: "done" });
    expect(readFileSync(join(commands.folder, "seen"), "utf8")).toBe("{}");
  });

  test("inputs files and the logs of commands that never started are gone at the end, whatever was made of them", async () => {
    await using commands = bench();
    await commands.run('rm "$SIGNALBOX_INPUTS"; mkdir -p "$SIGNALBOX_INPUTS/full"');
    await commands.run(`true ${"x".repeat(300_000)}`, { inputs: { big: "x".repeat(100_000) } });
    const atOnce = [1, 2].map(() => commands.begin('rm "$SIGNALBOX_INPUTS"; mkdir -p "$SIGNALBOX_INPUTS/full"'));
    for (const { outcome } of atOnce) expect(await outcome).toEqual({ kind: "done" });
    const folder = join(commands.outputDirectory, commands.runId);
    // Of a process that was killed.
    writeFileSync(join(folder, "inputs-99.json"), "{}");
    await commands.executor.stop();
    expect(readdirSync(folder)).toEqual([]);
  });
});
