/**
 * Goal: the pictures of the machines in the docs are the machines.
 * Method: every block between `<!-- machine NAME diagram -->` or `<!-- machine NAME events -->` and `<!-- /machine -->` in
 * the README and the docs is generated again and compared. `UPDATE_DOCS=1 npm test` writes what differs.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { createMachine, type AnyStateMachine } from "xstate";
import { describe, expect, test } from "vitest";
import {
  admissionMachine,
  repositoryLockMachine,
  runMachine,
  runSpecMachine,
  workItemMachine,
  worktreeMachine,
} from "../../../machines/index.ts";
import { machineDiagram, machineTable } from "../../../src/inspect/machine/mermaid.ts";
import { machineEdges } from "../../../src/inspect/machine/model.ts";

const machines: Readonly<Record<string, AnyStateMachine>> = {
  workItem: workItemMachine,
  run: runMachine,
  admission: admissionMachine,
  runSpec: runSpecMachine,
  repositoryLock: repositoryLockMachine,
  worktree: worktreeMachine,
};
const root = new URL("../../../", import.meta.url);
const pages = [...globSync("docs/**/*.md", { cwd: root }), "README.md"].filter((page) =>
  existsSync(new URL(page, root)),
);
const block = /(<!-- machine (\w+) (diagram|events) -->\n)[\s\S]*?(<!-- \/machine -->)/g;

describe.each(pages)("%s", (page) => {
  test("shows the machines as they are", () => {
    const url = new URL(page, root);
    const text = readFileSync(url, "utf8");
    const fresh = text.replaceAll(block, (_all, begin: string, name: string, what: string, end: string) => {
      const machine = machines[name];
      if (machine === undefined)
        throw new Error(`${page}: expected one of ${Object.keys(machines).join(", ")}, got ${name}`);
      return `${begin}\n${what === "diagram" ? `\`\`\`mermaid\n${machineDiagram(machine)}\n\`\`\`` : machineTable(machine)}\n\n${end}`;
    });
    if (process.env["UPDATE_DOCS"] === "1" && fresh !== text) writeFileSync(url, fresh);
    else expect(fresh, `${page} is stale: run UPDATE_DOCS=1 npm test -- test/inspect`).toBe(text);
  });
});

test("the reference shows every machine that an application can embed", () => {
  const text = readFileSync(new URL("docs/reference/machines.md", root), "utf8");
  for (const name of ["workItem", "run", "admission", "repositoryLock", "worktree"]) {
    expect(text).toContain(`<!-- machine ${name} diagram -->`);
    expect(text).toContain(`<!-- machine ${name} events -->`);
  }
});

test("every edge of the machine is in its table, and every change of state in its picture", () => {
  const edges = machineEdges(workItemMachine);
  expect(machineTable(workItemMachine).split("\n")).toHaveLength(edges.length + 2);
  for (const { from, to, event } of edges.filter(({ from, to }) => from !== to)) {
    expect(machineDiagram(workItemMachine)).toMatch(new RegExp(`^ {2}${from} --> ${to}: .*\\b${event}\\b`, "m"));
  }
});

test("nested and parallel states are drawn inside of each other, with ids that Mermaid takes", () => {
  const machine = createMachine({
    initial: "end",
    states: {
      end: { on: { go: { target: "both", guard: "may", actions: "ring" } } },
      both: {
        type: "parallel",
        states: { left: { initial: "a-1", states: { "a-1": { always: "b" }, b: { type: "final" } } }, right: {} },
      },
    },
  });
  expect(machineDiagram(machine)).toBe(
    [
      "stateDiagram-v2",
      "  [*] --> end_",
      "  end_ --> both: go",
      "  state both {",
      '    state "a-1" as both_left_a_1',
      '    state "b" as both_left_b',
      "    [*] --> both_left_a_1",
      "    both_left_a_1 --> both_left_b: [always]",
      "    both_left_b --> [*]",
      "    --",
      "  }",
    ].join("\n"),
  );
  expect(machineEdges(machine)[0]).toEqual({
    from: "end",
    event: "go",
    words: "go",
    guard: "may",
    to: "both",
    effects: ["ring"],
  });
});

test("names that Mermaid cannot tell apart get ids of their own; delays, actors and history are called what they are", () => {
  const machine = createMachine({
    id: "names",
    initial: "é",
    states: {
      é: {
        on: { A: "ü", "not.here": undefined },
        invoke: { src: "load", onDone: "ü", onSnapshot: { actions: "draw" } },
      },
      ü: { after: { "grace.time": "a.last" }, on: { STAY: { actions: "beep" } } },
      "a-b": { on: { A: "a_b" } },
      a_b: {},
      a: { initial: "b", states: { b: {}, last: { type: "history", history: "deep" } } },
    },
  } as never);
  expect(machineDiagram(machine, { stays: true }).split("\n")).toMatchInlineSnapshot(`
    [
      "stateDiagram-v2",
      "  state "é" as _",
      "  state "ü" as __2",
      "  state "a-b" as a_b",
      "  state "a_b" as a_b_2",
      "  [*] --> _",
      "  _ --> __2: A, done load",
      "  _ --> _: snapshot load",
      "  __2 --> __2: STAY",
      "  __2 --> a_last: after grace.time",
      "  a_b --> a_b_2: A",
      "  state a {",
      "    state "b" as a_b_3",
      "    state "last (deep history)" as a_last",
      "    [*] --> a_b_3",
      "  }",
    ]
  `);
});
