/**
 * Goal: the kit tests what people really write: time, invoked actors, guards, history, parallel states, unbounded context.
 * Method: six usual machines, each with an implementation written by hand. Generated paths take every state and transition that can
 * be reached and the right implementation passes; a bug planted in it is found, by paths and by walks at random, and the trace
 * that is told has no step too many.
 */
import { expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { matchesState } from "xstate";
import { checkPaths, checkProperty, coverage, coverageMatchers, ModelTestFailure } from "../../src/testing/index.ts";
import type { CoverageGoal, Suite } from "../../src/testing/index.ts";
import { stepInWords } from "../../src/testing/model/step.ts";
import { Auth, authMachine } from "../support/machines/auth.ts";
import { Checkout, checkoutMachine } from "../support/machines/checkout.ts";
import { Fetcher, fetchMachine } from "../support/machines/fetch-with-retry.ts";
import { Form, formMachine } from "../support/machines/form.ts";
import { Player, playerMachine } from "../support/machines/media-player.ts";
import { TrafficLight, trafficLightMachine } from "../support/machines/traffic-light.ts";

expect.extend(coverageMatchers);

/** vitest learns the types of a matcher by a declaration, which the users of one write for themselves. */
function expectCover(machine: AnyStateMachine, goal: CoverageGoal): void {
  const withMatcher = expect as unknown as (received: unknown) => { toCover(goal: CoverageGoal): void };
  withMatcher(coverage(machine)).toCover(goal);
}

const trafficLight = (bug: boolean): Suite<typeof trafficLightMachine, TrafficLight> => ({
  sut: () => new TrafficLight(bug),
  do: { OUTAGE: (sut) => sut.outage(), RESTORED: (sut) => sut.restored() },
  wait: (sut, ms) => sut.pass(ms),
  check: { "*": (sut, { value }) => sut.light === value },
});

const fetching = (bug: boolean): Suite<typeof fetchMachine, Fetcher> => ({
  outcomes: { load: { done: ["data"], error: [new Error("no answer")] } },
  sut: () => new Fetcher(bug),
  do: { FETCH: (sut) => sut.fetch(), CANCEL: (sut) => sut.cancel() },
  wait: (sut, ms) => sut.pass(ms),
  settle: (sut, _child, outcome) => sut.answer(outcome.kind === "done" ? "data" : undefined),
  check: { "*": (sut, { value, context }) => expect(sut).toMatchObject({ state: value, ...context }) },
});

const player = (bug: boolean): Suite<typeof playerMachine, Player> => ({
  refused: true,
  sut: () => new Player(bug),
  do: { "*": (sut, event) => sut.take(event) },
  check: {
    "playback.stopped": (sut) => sut.playback === "stopped",
    "playback.playing.normal": (sut) => sut.playback === "normal",
    "playback.playing.fast": (sut) => sut.playback === "fast",
    "playback.paused": (sut) => sut.playback === "paused",
    "*": (sut, { value }) => sut.muted === matchesState({ volume: "muted" }, value),
  },
});

const checkout = (bug: boolean): Suite<typeof checkoutMachine, Checkout> => ({
  events: {
    ADD: [{ sku: "tea" }, { sku: "milk" }],
    REMOVE: [{ sku: "tea" }],
    ADDRESS: [{ zip: "12345" }, { zip: "here" }],
  },
  outcomes: { pay: { done: ["order 1"], error: [new Error("no money")] } },
  // Any number of things can be in the cart: two are as good as more.
  abstract: ({ value, context }) => [value, context.cart.slice(0, 2)],
  sut: () => new Checkout(bug),
  do: {
    ADD: (sut, { sku }) => sut.add(sku),
    REMOVE: (sut, { sku }) => sut.remove(sku),
    CHECKOUT: (sut) => sut.checkout(),
    ADDRESS: (sut, { zip }) => sut.address(zip),
    BACK: (sut) => sut.back(),
  },
  settle: (sut, _child, outcome) => sut.answer(outcome.kind === "done" ? "order 1" : undefined),
  check: {
    "*": (sut, { context }) => expect(sut).toMatchObject(context),
    shopping: ({ state }) => state === "shopping",
    "addressing.asking": ({ state }) => state === "asking",
    "addressing.wrong": ({ state }) => state === "wrong",
    paying: ({ state }) => state === "paying",
    declined: ({ state }) => state === "declined",
    paid: ({ state }) => state === "paid",
  },
});

const auth = (bug: boolean): Suite<typeof authMachine, Auth> => ({
  events: { SIGN_IN: [{ password: "secret" }] },
  outcomes: { verify: { done: [true, false], error: [new Error("no network")] } },
  sut: () => new Auth(bug),
  do: { SIGN_IN: (sut) => sut.signIn(), SIGN_OUT: (sut) => sut.signOut(), ACTIVITY: (sut) => sut.activity() },
  wait: (sut, ms) => sut.pass(ms),
  settle: (sut, _child, outcome) => sut.answer(outcome.kind === "done" ? outcome.output === true : undefined),
  check: {
    "*": (sut, { value, context }) => {
      expect([sut.state, sut.wrong]).toEqual([typeof value === "string" ? value : value.signedIn, context.wrong]);
    },
  },
});

const form = (bug: boolean): Suite<typeof formMachine, Form> => ({
  events: { NAME: [{ text: "Ada" }, { text: "" }], EMAIL: [{ text: "ada@home" }, { text: "ada" }] },
  sut: () => new Form(bug),
  do: {
    NAME: (sut, { text }) => sut.setName(text),
    EMAIL: (sut, { text }) => sut.setEmail(text),
    SUBMIT: (sut) => sut.submit(),
  },
  settle: (sut, _child, outcome) => sut.answer(outcome.kind === "done"),
  check: {
    "*": (sut, { value, context }) => {
      expect({ name: sut.name.verdict, email: sut.email.verdict, sending: sut.sending }).toEqual(value);
      expect({ name: sut.name.text, email: sut.email.text }).toEqual(context);
    },
  },
});

interface Case {
  readonly machine: AnyStateMachine;
  readonly suite: (bug: boolean) => object;
  /** The shortest way to see the bug. */
  readonly trace: readonly string[];
}

const cases: readonly Case[] = [
  {
    machine: trafficLightMachine,
    suite: trafficLight,
    // What was left of green counts as red.
    trace: ["2 s pass", "OUTAGE", "RESTORED", "2 s pass"],
  },
  {
    machine: fetchMachine,
    suite: fetching,
    trace: ["FETCH", "load fails (no answer)", "CANCEL", "1 h pass"],
  },
  { machine: playerMachine, suite: player, trace: ["PLAY", "FAST", "PAUSE", "PLAY"] },
  { machine: checkoutMachine, suite: checkout, trace: ['ADD (sku "tea")', 'ADD (sku "tea")', 'REMOVE (sku "tea")'] },
  {
    machine: authMachine,
    suite: auth,
    trace: [
      'SIGN_IN (password "secret")',
      "verify is done (false)",
      'SIGN_IN (password "secret")',
      "verify is done (true)",
    ],
  },
  { machine: formMachine, suite: form, trace: ['NAME (text "Ada")', 'NAME (text "")'] },
];

test.each(cases)(
  "$machine.id: generated paths reach every state and transition, and the right system passes",
  async ({ machine, suite }) => {
    const { paths } = await checkPaths(machine, suite(false));
    expect(paths).toBeGreaterThan(1);
    expectCover(machine, { states: 1, transitions: 1, guards: 1 });
    const { states, transitions } = coverage(machine);
    expect([...states.unreachable, ...transitions.unreachable]).toEqual([]);
  },
);

test.each(cases)("$machine.id: the right system passes walks at random", async ({ machine, suite }) => {
  const { walks, steps } = await checkProperty(machine, { ...suite(false), numRuns: 50 });
  expect(steps).toBeGreaterThan(2 * walks);
});

test.each(cases)(
  "$machine.id: paths find the bug and tell the shortest way to see it",
  async ({ machine, suite, trace }) => {
    expect(await stepsOfFailure(checkPaths(machine, suite(true)))).toEqual(trace);
  },
);

test.each(cases)(
  "$machine.id: walks at random find the bug and shrink it as far",
  async ({ machine, suite, trace }) => {
    const found = await stepsOfFailure(checkProperty(machine, { ...suite(true), numRuns: 1_000 }));
    expect(found.length).toBeLessThanOrEqual(trace.length);
  },
);

async function stepsOfFailure(walking: Promise<unknown>): Promise<readonly string[]> {
  const failure = await walking.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof ModelTestFailure)) throw new Error("no failure was found", { cause: failure });
  return failure.trace.map(({ step }) => stepInWords(step));
}
