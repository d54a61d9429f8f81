/**
 * Goal: law L1: a machine is a function of state and event, and can be embedded in any XState program.
 * Method: walks every machine's tree for anything that acts by itself, and reads the imports of the sources.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { createTestModel } from "xstate/graph";
import { describe, expect, test } from "vitest";
import * as machines from "../../machines/index.ts";

const isMachine = (value: unknown): value is AnyStateMachine =>
  typeof value === "object" && value !== null && "getStateNodeById" in value;
const all = Object.entries(machines).flatMap(([name, value]) => (isMachine(value) ? [{ name, machine: value }] : []));

test("every machine file exports its machine from the sub-path", () => {
  expect(all.map(({ name }) => name).toSorted()).toEqual([
    "admissionMachine",
    "repositoryLockMachine",
    "runMachine",
    "runSpecMachine",
    "workItemMachine",
    "worktreeMachine",
  ]);
});

describe.each(all)("L1: $name", ({ machine }) => {
  test("has no invoke and no after", () => {
    for (const node of nodesOf(machine.root)) {
      expect(node.invoke).toEqual([]);
      expect(node.after).toEqual([]);
    }
  });

  test("uses no builtin action but assign, so it spawns, sends and raises nothing", () => {
    const actions = [...nodesOf(machine.root).flatMap(actionsOf), ...Object.values(machine.implementations.actions)];
    const builtins = actions.filter((action) => typeof action === "function" && "resolve" in action);
    expect(new Set(builtins.map((action) => (action as { type?: unknown }).type ?? "none"))).toSatisfy(
      (types: ReadonlySet<unknown>) => [...types].every((type) => type === "xstate.assign"),
    );
    expect(machine.implementations.actors).toEqual({});
    expect(machine.implementations.delays).toEqual({});
  });

  test("has a version and can be walked by a test model", () => {
    expect(machine.version === machines.MACHINE_VERSION || machine === machines.runSpecMachine).toBe(true);
    expect(() => createTestModel(machine)).not.toThrow();
  });
});

test("L1: machines import nothing but xstate and each other, and read no clock, chance or process", () => {
  const folder = new URL("../../machines/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), "utf8");
    const foreign = [...text.matchAll(/from "([^"]+)"/g)].map(([, path]) => path!).filter(isForeign);
    const impure = text.match(/\b(Date|Math\.random|performance|process|setTimeout|fetch)\b/);
    expect({ file, foreign, impure }).toEqual({ file, foreign: [], impure: null });
  }
});

const isForeign = (path: string): boolean => path !== "xstate" && !/^\.\/[a-z-]+\.ts$/.test(path);

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

function actionsOf(node: AnyStateNode): unknown[] {
  const ofTransitions = [...node.transitions.values(), node.always ?? []].flat().flatMap(({ actions }) => actions);
  return [...node.entry, ...node.exit, ...ofTransitions];
}
