/**
 * Goal: pressure opens and closes admission calmly: no flutter between the two limits, every resource counts.
 * Method: xstate/graph over all orders of samples around the limits of two resources, and a property against a plain
 * reading of the rule.
 */
import { createActor } from "xstate";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { admissionMachine, type AdmissionEvent, type AdmissionSnapshot } from "../../machines/admission.ts";
import { explore, isStill, statesWithoutWayOut } from "../support/explore.ts";

const thresholds = [
  { name: "memory", raise: 0.8, lower: 0.6 },
  { name: "handles", raise: 100, lower: 100 },
];
const sample = (name: string, value: number): AdmissionEvent => ({ type: "sample", name, value });
const events = [
  ...[0.5, 0.6, 0.7, 0.8, 0.9].map((value) => sample("memory", value)),
  ...[99, 100, 101].map((value) => sample("handles", value)),
  sample("unknown", 1e9),
  sample("__proto__", 1e9),
  sample("memory", Number.NaN),
];
const exploration = explore(admissionMachine, { thresholds }, events);

test("the exploration reaches both states", () => {
  expect(new Set(exploration.states.map(({ value }) => value))).toEqual(new Set(["calm", "pressed"]));
});

test("A1: it is pressed exactly while something presses", () => {
  for (const { value, context } of exploration.states) {
    expect(value === "pressed").toBe(context.pressing.length > 0);
  }
});

test("A1: a resource presses from its upper limit on, and no more only below its lower one", () => {
  const after = (...values: readonly number[]): string => {
    const actor = createActor(admissionMachine, { input: { thresholds } }).start();
    for (const value of values) actor.send(sample("memory", value));
    return actor.getSnapshot().value;
  };
  expect([after(0.79), after(0.8), after(0.8, 0.6), after(0.8, 0.59)]).toEqual(["calm", "pressed", "pressed", "calm"]);
});

test("while resources press, each is told with its last value, in the order in which they began", () => {
  const actor = createActor(admissionMachine, { input: { thresholds } }).start();
  for (const event of [sample("handles", 120), sample("memory", 0.9), sample("handles", 110)]) actor.send(event);
  expect(actor.getSnapshot().context.pressing).toEqual([
    { name: "handles", value: 110 },
    { name: "memory", value: 0.9 },
  ]);
});

test("A2: a value between the limits changes nothing about what presses", () => {
  for (const { from, event, to } of exploration.edges) {
    if (event.name === "memory" && event.value >= 0.6 && event.value < 0.8) expect(names(to)).toEqual(names(from));
  }
});

test("a sample of something unknown, or that is no number, changes nothing", () => {
  for (const { from, event, to } of exploration.edges) {
    if (Number.isNaN(event.value) || !["memory", "handles"].includes(event.name)) {
      expect({ value: to.value, context: to.context }).toEqual({ value: from.value, context: from.context });
    }
  }
});

test("from every state it can become calm and pressed again", () => {
  expect(statesWithoutWayOut(exploration, ({ value }) => value === "calm")).toEqual([]);
  expect(statesWithoutWayOut(exploration, ({ value }) => value === "pressed")).toEqual([]);
});

test("a calm machine stays the very same snapshot under harmless samples", () => {
  const still = exploration.edges.filter(({ from, event }) => from.value === "calm" && event.value < 0.8);
  expect(still.length).toBeGreaterThan(0);
  for (const edge of still) expect(isStill(edge)).toBe(true);
});

test.prop([
  fc.array(
    fc.record({ name: fc.constantFrom("memory", "handles"), value: fc.double({ min: 0, max: 200, noNaN: true }) }),
  ),
])(
  "A1, A2: what presses is each resource that reached its upper limit and has not been below its lower one since",
  (samples) => {
    const actor = createActor(admissionMachine, { input: { thresholds } }).start();
    for (const { name, value } of samples) actor.send(sample(name, value));
    const pressing = thresholds.filter(({ name, raise, lower }) => {
      const values = samples.filter((each) => each.name === name).map(({ value }) => value);
      const raised = values.findLastIndex((value) => value >= raise);
      return raised >= 0 && values.findLastIndex((value) => value < lower) < raised;
    });
    expect(names(actor.getSnapshot()).toSorted()).toEqual(pressing.map(({ name }) => name).toSorted());
  },
);

function names({ context }: AdmissionSnapshot): string[] {
  return context.pressing.map(({ name }) => name);
}
