/** Goal: walks at random find what is wrong, and tell it in as few steps and as small payloads as possible. Method: small machines. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assign, setup } from "xstate";
import {
  checkProperty,
  commands,
  coverage,
  eventArbitraries,
  propertyTest,
  type ModelTestFailure,
} from "../../src/testing/index.ts";
import { door, doorMachine, failureOf } from "../support/machines/door.ts";

describe("walks at random", () => {
  test("draw payloads from arbitraries, and shrink them with the walk", async () => {
    const account = setup({
      types: { context: {} as { sum: number }, events: {} as { type: "PAY"; amount: number } | { type: "LOOK" } },
    }).createMachine({
      id: "account",
      context: { sum: 0 },
      on: {
        PAY: { actions: assign({ sum: ({ context, event }) => context.sum + event.amount }) },
        LOOK: { actions: () => {} },
      },
    });
    const events = { PAY: { amount: fc.integer({ min: 0, max: 1_000 }) } };
    const running = checkProperty(account, { events, invariant: ({ context }) => context.sum < 700, seed: 7 });
    const failure = (await failureOf(running)) as ModelTestFailure;
    expect(failure.trace.length).toBeLessThanOrEqual(2);
    expect(failure.message).toContain("seed 7");
    const sum = failure.trace.reduce(
      (all, { step }) => all + (step.kind === "event" ? (step.event as unknown as { amount: number }).amount : 0),
      0,
    );
    expect(sum).toBe(700);
    const [event] = fc.sample(eventArbitraries(account, { events })["PAY"]!, 1);
    expect(event).toMatchObject({ type: "PAY" });
  });

  test("are one test of the runner", async () => {
    const runs: (() => Promise<void>)[] = [];
    propertyTest(doorMachine, { ...door, numRuns: 20, test: (_title, run) => runs.push(run) });
    expect(runs).toHaveLength(1);
    await runs[0]!();
  });

  test("may take payloads that depend on the state", async () => {
    const tokens = setup({
      types: { context: {} as { token: number }, events: {} as { type: "TAKE" } | { type: "GIVE"; token: number } },
    }).createMachine({
      id: "tokens",
      context: { token: 0 },
      initial: "free",
      states: {
        free: { on: { TAKE: { target: "taken", actions: assign({ token: ({ context }) => context.token + 1 }) } } },
        taken: { on: { GIVE: { guard: ({ context, event }) => event.token === context.token, target: "free" } } },
      },
    });
    await checkProperty(tokens, { events: { GIVE: ({ context }) => [{ token: context.token }] }, numRuns: 20 });
    expect(coverage(tokens).transitions.missing).toEqual([]);
  });

  test("may be run by fast-check's own runner as commands", async () => {
    const { commands: lists, setup: begin } = commands(doorMachine, door);
    await fc.assert(
      fc.asyncProperty(lists, (list) => fc.asyncModelRun(begin, list)),
      { numRuns: 20 },
    );
    const wrong = commands(doorMachine, { ...door, do: { "*": () => {} } });
    const failing = fc.assert(fc.asyncProperty(wrong.commands, (list) => fc.asyncModelRun(wrong.setup, list)));
    expect((await failureOf(failing)).message).toMatch(/OPEN|LOCK/);
  });
});
