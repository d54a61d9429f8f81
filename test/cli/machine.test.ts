/**
 * Goal: `signalbox machine diagram` draws ours and the user's machines, and says what it needs when it cannot.
 * Method: the command itself, on modules and files that a user might have.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { machineDiagramCommand, type MachineDiagramOptions } from "../../src/cli/commands/machine.ts";
import { root } from "../support/tidy/repository.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-machine-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  file(
    "one.mjs",
    'import { createMachine } from "xstate";\nexport const light = createMachine({ initial: "red", states: { red: { on: { go: "green" } }, green: {} } });\n',
  );
  file(
    "two.ts",
    'import { setup } from "xstate";\nexport const a = setup({}).createMachine({ id: "a" });\nexport const b = setup({}).createMachine({ id: "b", initial: "s", states: { s: {} } });\n',
  );
  file("none.mjs", "export const a = 1;\n");
  file("broken.mjs", "throw new Error('not today');\n");
  file("config.json", JSON.stringify({ initial: "off", states: { off: { on: { flip: "on" } }, on: {} } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function drawn(machine: string | undefined, options: Partial<MachineDiagramOptions> = {}): Promise<string> {
  let text = "";
  const stdout = { write: (more: string) => void (text += more) };
  const asked = { format: "mermaid" as const, ...options, ...(machine !== undefined && { machine }) };
  expect(await machineDiagramCommand({ stdout, cwd: folder } as never, asked)).toBe(0);
  return text;
}

test("without a machine it names those of signalbox, and draws each by its name", async () => {
  const names = (await drawn(undefined)).trim().split("\n");
  expect(names).toContain("work-item");
  for (const name of names) expect(await drawn(name)).toMatch(/^stateDiagram-v2\n/);
});

test("a module's only machine, one of several by its name, and a configuration in JSON are drawn", async () => {
  expect(await drawn("one.mjs")).toContain("red --> green: go");
  expect(await drawn("two.ts", { export: "b", format: "dot" })).toContain('digraph "b"');
  expect(await drawn("config.json", { format: "svg" })).toMatch(/^<svg /);
  expect(JSON.parse(await drawn("one.mjs", { json: true }))).toMatchObject({
    edges: [{ from: "red", event: "go", to: "green" }],
  });
});

test.each([
  ["gone.ts", undefined, /expected a file, or one of work-item, run, /],
  ["none.mjs", undefined, /expected one exported XState machine in .*, got none; export the machine/],
  ["two.ts", undefined, /got a, b; choose one with --export/],
  ["two.ts", "c", /called c in .*, got a, b/],
  ["broken.mjs", undefined, /not today/],
])("%s cannot be drawn, and why is said", async (machine, exported, message) => {
  const asked = drawn(machine, exported === undefined ? {} : { export: exported });
  await expect(asked).rejects.toThrow(
    expect.objectContaining({ code: "invalid_usage", message: expect.stringMatching(message) }),
  );
});
