/**
 * Goal: items stay out of XState's registry of actors, and nobody can tell.
 * Method: a parent with children on a changed system next to one on an unchanged system; and the source of the installed
 * XState is searched for anything that reads the registry. When that fails after an update, the trick has had its day.
 */
import { readFileSync } from "node:fs";
import { createActor, createMachine, type AnyActorRef, type InspectionEvent } from "xstate";
import { expect, test } from "vitest";
import { workItemMachine } from "../../machines/work-item.ts";
import { skipActorRegistry } from "../../src/engine/actor-registry.ts";
import { compileItemLogic } from "../../src/engine/compiled-item.ts";

const logic = compileItemLogic(workItemMachine);
const quietParent = createMachine({ on: { "*": {} } });

test("the installed XState has the known shape, and its registry is written but never read", () => {
  expect(skipActorRegistry(createActor(quietParent).system)).toBe(true);
  const dist = new URL("../../node_modules/xstate/dist/", import.meta.url);
  const entry = readFileSync(new URL("xstate.esm.js", dist), "utf8");
  const core = readFileSync(new URL(/from '\.\/(raise-[^']+)'/.exec(entry)![1]!, dist), "utf8");
  const system = /function createSystem\([\s\S]*?\n\}\n/.exec(core)![0];
  expect([...system.matchAll(/\bchildren\b[^;]*/g)].map(([use]) => use)).toEqual([
    "children = new Map()",
    "children.set(sessionId, actorRef)",
    "children.delete(actorRef.sessionId)",
  ]);
});

test("inspection, the parent's news and stopping are the same with and without the registry", () => {
  expect(lifeOfChildren(true)).toEqual(lifeOfChildren(false));
});

test("an actor with a system id is found under it, and no more when it has ended", () => {
  const parent = createActor(quietParent).start();
  skipActorRegistry(parent.system);
  const options = { parent, systemId: "the-item", input: { attemptsMax: 1 } };
  const child = createActor(logic, options).start();
  expect(parent.system.get("the-item")).toBe(child);
  child.send({ type: "cancel", reason: { code: "unwanted" } });
  expect(parent.system.get("the-item")).toBeUndefined();
});

test("a system of another shape is left alone", () => {
  const { system } = createActor(quietParent);
  const before = { ...system };
  Object.assign(system, { actors: [] });
  expect(skipActorRegistry(system)).toBe(false);
  expect(system).toMatchObject(before);
});

function lifeOfChildren(skips: boolean): unknown[] {
  const told: unknown[] = [];
  const inspect = ({ type, actorRef }: InspectionEvent): void => void told.push([type, (actorRef as AnyActorRef).id]);
  const news = createMachine({ on: { "*": { actions: ({ event }) => void told.push(event.type) } } });
  const parent = createActor(news, { id: "parent", inspect }).start();
  if (skips) expect(skipActorRegistry(parent.system)).toBe(true);
  for (let token = 1; token <= 5; token++) {
    const child = createActor(logic, { id: `slot-${token % 2}`, parent, input: { attemptsMax: 1 } }).start();
    child.send({ type: "claim", holder: "h", token });
    if (token < 5) child.send({ type: "complete", token });
  }
  parent.stop();
  return told;
}
