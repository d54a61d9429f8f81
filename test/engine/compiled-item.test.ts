/**
 * Goal: K1: an item that runs on the compiled table is the same, to everybody who looks, as one that is interpreted.
 * Method: both run side by side, over every reachable state with every event and over thousands of random lives; compared
 * are snapshots, the actions with what they were called with, and all that an inspector is told. A bug looks like a
 * difference between the two.
 */
import {
  assign,
  createActor,
  createMachine,
  enqueueActions,
  fromCallback,
  initialTransition,
  raise,
  setup,
  transition,
} from "xstate";
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateMachine,
  EventObject,
  ExecutableActionsFrom,
  InspectionEvent,
} from "xstate";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { workItemMachine, workItemSnapshotOf, workItemStates, type WorkItemEvent } from "../../machines/work-item.ts";
import { compileItemLogic, isCompiled } from "../../src/engine/compiled-item.ts";
import { explore } from "../support/explore.ts";
import { workItemEvents, workItemInputs } from "../support/work-item-events.ts";

const log: unknown[] = [];
const note =
  (name: string) =>
  ({ context, event, self }: { context: unknown; event: unknown; self: { id: string } }) => {
    log.push({ name, context, event, self: self.id });
  };
const interpreted = workItemMachine.provide({
  actions: {
    startAttempt: note("startAttempt"),
    abortAttempt: note("abortAttempt"),
    armLease: note("armLease"),
    disarmLease: note("disarmLease"),
  },
});
const compiled = compileItemLogic(interpreted);

test("the item machine is covered by the table", () => {
  expect(isCompiled(compiled)).toBe(true);
  expect(isCompiled(interpreted)).toBe(false);
});

describe.each(workItemInputs)(
  "K1: attemptsMax $attemptsMax, release spends $releaseSpendsAttempt, expiry spends $expireSpendsAttempt",
  (input) => {
    const { states } = explore(workItemMachine, input, workItemEvents);

    test("every reachable state takes every event in the same way", () => {
      for (const state of states) {
        const row = { status: state.value, context: state.context };
        for (const event of [...workItemEvents, { type: "unknown" }, { type: "__proto__" }] as WorkItemEvent[]) {
          const before = interpreted.resolveState({ value: row.status, context: row.context });
          const expected = recorded(() => transition(interpreted, before, event));
          const actual = recorded(() => transition(compiled, before, event));
          expect(actual.result[0] === before).toBe(expected.result[0] === before);
          expect(seen(actual.result[0])).toEqual(seen(expected.result[0]));
          expect(actual.result[1].map(effect)).toEqual(expected.result[1].map(effect));
          expect(actual.log).toEqual(expected.log);
        }
      }
    });

    test("every reachable state can be restored from its row and from what was persisted, and can do the same", () => {
      for (const state of states) {
        const snapshot = workItemSnapshotOf({ status: state.value, context: state.context });
        const [one, other] = [interpreted, compiled].map((machine) => createActor(machine, { snapshot, input }));
        expect(seen(other!.getSnapshot())).toEqual(seen(one!.getSnapshot()));
        const persisted = one!.getPersistedSnapshot();
        expect(other!.getPersistedSnapshot()).toEqual(persisted);
        expect(seen(createActor(compiled, { snapshot: persisted, input }).getSnapshot())).toEqual(
          seen(one!.getSnapshot()),
        );
      }
    });
  },
);

const anyEvent = fc.constantFrom(
  ...workItemEvents,
  { type: "unknown" } as never,
  { type: "xstate.done.actor.x" } as never,
);

test.prop([fc.constantFrom(...workItemInputs), fc.array(anyEvent, { maxLength: 40 })], { numRuns: 3_000 })(
  "K1: two actors that live through the same events do and tell the same",
  (input, events) => {
    expect(life(compiled, { input }, events)).toEqual(life(interpreted, { input }, events));
  },
);

test.prop([fc.constantFrom(...workItemStates), fc.nat(3), fc.nat(3), fc.array(anyEvent, { maxLength: 20 })], {
  numRuns: 2_000,
})("K1: so do two actors that begin with a row", (status, attempt, token, events) => {
  const reason = attempt > 1 ? { code: "earlier" } : undefined;
  const snapshot = workItemSnapshotOf({ status, context: { attemptsMax: 3, attempt, token, reason, retryable: true } });
  expect(life(compiled, { snapshot }, events)).toEqual(life(interpreted, { snapshot }, events));
});

test("K2: references to actors in a persisted context are brought back by the machine itself", () => {
  const persisted = (): unknown => ({
    ...createActor(interpreted, { input: { attemptsMax: 1 } }).getPersistedSnapshot(),
    context: { ref: { xstate$$type: 1, id: "gone" } },
  });
  const [one, other] = [interpreted, compiled].map((machine) =>
    createActor(machine, { snapshot: persisted() as never, input: { attemptsMax: 1 } }).getSnapshot(),
  );
  expect(seen(other)).toEqual(seen(one));
});

test("K2: children of a restored snapshot are started with it, as the machine does", () => {
  const starts = [0, 0];
  let which = 0;
  const child = fromCallback(() => void starts[which]!++);
  const machine = setup({ actors: { child } }).createMachine({ initial: "a", states: { a: {} } });
  const persisted = {
    ...createActor(machine).getPersistedSnapshot(),
    children: { c: { src: "child", snapshot: createActor(child).getPersistedSnapshot() } },
  };
  for (const logic of [machine, compileItemLogic(machine)]) {
    createActor(logic, { snapshot: persisted }).start();
    which++;
  }
  expect(starts).toEqual([1, 1]);
});

test("K2: an actor that is stopped says so, and takes nothing any more", () => {
  for (const machine of [interpreted, compiled]) {
    const actor = createActor(machine, { input: { attemptsMax: 1 } }).start();
    actor.stop();
    actor.send({ type: "claim", holder: "h", token: 1 });
    expect(actor.getSnapshot()).toMatchObject({ status: "stopped", value: "todo" });
  }
});

test("K2: a snapshot that was stopped stays stopped whatever it is sent", () => {
  const stopped = { ...createActor(interpreted, { input: { attemptsMax: 1 } }).getSnapshot(), status: "stopped" };
  const claim = { type: "claim", holder: "h", token: 1 } as const;
  expect(seen(transition(compiled, stopped as never, claim)[0])).toEqual(
    seen(transition(interpreted, stopped as never, claim)[0]),
  );
});

test("a child tells its parent of its end, under the id of its slot", () => {
  const told: EventObject[] = [];
  const parent = createActor(createMachine({ on: { "*": { actions: ({ event }) => told.push(event) } } })).start();
  const child = createActor(compiled, {
    id: "slot-3",
    parent: parent as never,
    input: { attemptsMax: 1 },
  }).start();
  child.send({ type: "claim", holder: "h", token: 1 });
  child.send({ type: "complete", token: 1 });
  expect(told).toMatchObject([{ type: "xstate.done.actor.slot-3" }]);
});

test("an error of an effect stops the actor and reaches its observer, as it does when interpreted", () => {
  const ends = [interpreted, compiled].map((machine) => {
    const broken = machine.provide({
      actions: {
        startAttempt: () => {
          throw new Error("no runner");
        },
      },
    });
    const actor = createActor(broken, { input: { attemptsMax: 1 } });
    let error: unknown;
    actor.subscribe({ error: (caught) => (error = caught) });
    actor.start().send({ type: "claim", holder: "h", token: 1 });
    return { error: (error as Error).message, status: actor.getSnapshot().status };
  });
  expect(ends).toEqual([
    { error: "no runner", status: "error" },
    { error: "no runner", status: "error" },
  ]);
});

test("a machine that is provided with other actions is compiled again", () => {
  const calls: string[] = [];
  const other = compiled.provide({ actions: { startAttempt: () => calls.push("mine") } });
  expect(isCompiled(other)).toBe(true);
  createActor(other, { input: { attemptsMax: 1 } })
    .start()
    .send({ type: "claim", holder: "h", token: 1 });
  expect(calls).toEqual(["mine"]);
});

test("snapshots of different items share nothing that one of them could write to", () => {
  const snapshot = createActor(compiled, { input: { attemptsMax: 1 } }).getSnapshot();
  expect(Object.isFrozen(snapshot.children)).toBe(true);
  expect(Object.isFrozen(snapshot.historyValue)).toBe(true);
});

describe("K2: machines of other shapes", () => {
  const shapes: Readonly<Record<string, AnyStateMachine>> = {
    "with nested states": createMachine({ initial: "a", states: { a: { initial: "b", states: { b: {} } } } }),
    "with parallel states": createMachine({ type: "parallel", states: { a: {}, b: {} } }),
    "without states": createMachine({}),
    "with eventless transitions": createMachine({ initial: "a", states: { a: { always: "b" }, b: {} } }),
    "with delays": createMachine({ initial: "a", states: { a: { after: { 10: "b" } }, b: {} } }),
    "with wildcards": createMachine({ initial: "a", states: { a: { on: { "go.*": "b" } }, b: {} } }),
    "with events of the root": createMachine({ initial: "a", on: { go: ".b" }, states: { a: {}, b: {} } }),
    "with an output": createMachine({
      initial: "a",
      output: 1,
      states: { a: { on: { go: "b" } }, b: { type: "final" } },
    }),
  };
  test.each(Object.entries(shapes))("a machine %s is left as it is", (_name, machine) => {
    expect(compileItemLogic(machine)).toBe(machine);
  });

  const odd = setup({
    types: { context: {} as { n: number; trail: string[] } },
    actions: {
      trail: assign(({ context }, params: { word: string }) => ({ trail: [...context.trail, params.word] })),
      call: ({ context, event }, params: { word: string }) => void log.push([params.word, context, event]),
    },
    guards: { below: ({ context }, params: { max: number }) => context.n < params.max },
  }).createMachine({
    context: { n: 0, trail: [] },
    initial: "a",
    states: {
      a: {
        exit: { type: "trail", params: { word: "exit a" } },
        on: {
          go: [
            {
              guard: { type: "below", params: { max: 1 } },
              target: "b",
              actions: { type: "call", params: { word: "go" } },
            },
            { actions: assign({ n: ({ context }) => context.n - 1 }) },
          ],
          self: { target: "a", actions: { type: "call", params: { word: "self" } } },
          again: { target: "a", reenter: true },
          raised: { actions: raise({ type: "go" }) },
          queued: { actions: enqueueActions(({ enqueue }) => enqueue.assign({ n: 5 })) },
          inline: { guard: ({ context }) => context.n > 0, actions: [({ context }) => void log.push(context)] },
          breaks: {
            guard: () => {
              throw new Error("bad guard");
            },
            target: "b",
          },
          forbidden: {},
        },
      },
      b: { entry: [{ type: "trail", params: { word: "enter b" } }, "missing" as never], on: { go: "a", end: "c" } },
      c: {
        type: "final",
        entry: { type: "call", params: { word: "enter c" } },
        exit: { type: "call", params: { word: "exit c" } },
      },
    },
  });

  test.prop([
    fc.array(fc.constantFrom("go", "self", "again", "raised", "queued", "inline", "forbidden", "end", "nothing"), {
      maxLength: 12,
    }),
  ])(
    "K1: entry and exit actions, parameters, inline functions and actions that are not covered behave as interpreted",
    (types) => {
      const events = types.map((type) => ({ type }));
      const table = compileItemLogic(odd);
      expect(isCompiled(table)).toBe(true);
      expect(life(table, {}, events)).toEqual(life(odd, {}, events));
    },
  );

  test("K1: a guard that throws stops the actor with the interpreter's own words", () => {
    const errors = [odd, compileItemLogic(odd)].map((machine) => {
      const actor = createActor(machine);
      let caught: unknown;
      actor.subscribe({ error: (error) => (caught = error) });
      actor.start().send({ type: "breaks" });
      return (caught as Error).message;
    });
    expect(errors[1]).toBe(errors[0]);
    expect(errors[0]).toContain("bad guard");
  });

  test("K3: an assign that spawns stops its actor instead of leaving a child that nobody owns", () => {
    const spawning = createMachine({
      context: {},
      initial: "a",
      states: { a: { on: { go: { actions: assign(({ spawn }) => ({ child: spawn(createMachine({})) })) } } } },
    });
    const actor = createActor(compileItemLogic(spawning));
    let caught: unknown;
    actor.subscribe({ error: (error) => (caught = error) });
    actor.start().send({ type: "go" });
    expect(caught).toMatchObject({ code: "internal" });
  });

  test("K3: an initial context that throws or spawns is the machine's own business", () => {
    const failing = createMachine({
      context: () => {
        throw new Error("no input");
      },
      initial: "a",
      states: { a: {} },
    });
    expect(initialTransition(compileItemLogic(failing))[0]).toMatchObject({
      status: "error",
      error: new Error("no input"),
    });
    const spawning = createMachine({
      context: ({ spawn }) => ({ child: spawn(createMachine({})) }),
      initial: "a",
      states: { a: {} },
    });
    expect(Object.keys(createActor(compileItemLogic(spawning)).getSnapshot().children)).toHaveLength(1);
  });
});

/** An action that the host is to carry out, apart from the actor, which is made anew for each pure transition. */
function effect({ type, params, info, exec }: ExecutableActionsFrom<typeof interpreted>): object {
  return { type, params, exec, context: info.context, event: info.event, info: Object.keys(info) };
}

/** What anybody can see of a snapshot; the methods are compared by what they answer. */
function seen(snapshot: unknown): object {
  // A snapshot of an actor that could not even begin has none of the methods.
  const self = snapshot as Partial<AnyMachineSnapshot>;
  const { machine, _nodes, matches, hasTag, can, getMeta, toJSON, tags, ...fields } = self;
  return {
    ...fields,
    keys: Object.keys(self),
    machine: machine?.id,
    // A set to XState: the interpreter itself orders them one way on the way into a final state, another on a restore.
    nodes: _nodes?.map(({ id }) => id).toSorted(),
    tags: [...(tags ?? [])],
    matches: workItemStates.filter((state) => matches?.call(self, state as never)),
    can: self.status === "error" ? [] : workItemEvents.map((event) => can?.call(self as never, event)),
    json: toJSON && JSON.stringify(self),
    meta: getMeta?.call(self as never),
    tagged: hasTag?.call(self as never, "x"),
  };
}

function recorded<T>(run: () => T): { readonly result: T; readonly log: readonly unknown[] } {
  log.length = 0;
  const result = run();
  return { result, log: log.map((entry) => JSON.parse(JSON.stringify(entry)) as unknown) };
}

/** A whole life of an actor, as an inspector and its actions tell it. */
function life(machine: AnyStateMachine, options: object, events: readonly EventObject[]): unknown {
  const told: unknown[] = [];
  const inspect = (event: InspectionEvent): void => void told.push(plain(event));
  const { log: actions } = recorded(() => {
    const actor: AnyActorRef = createActor(machine, { id: "item", ...options, inspect });
    actor.subscribe({
      next: (snapshot: unknown) => told.push(["next", seen(snapshot)]),
      complete: () => told.push("complete"),
    });
    (actor as unknown as { start: () => void }).start();
    for (const event of events) {
      if (actor.getSnapshot().status !== "active") break;
      actor.send(event);
      told.push(seen(actor.getSnapshot()));
    }
    actor.stop?.();
    told.push(seen(actor.getSnapshot()));
  });
  return { told, actions };
}

/** An inspection event without the numbers that XState draws anew for each actor. */
function plain(event: InspectionEvent): unknown {
  const { rootId: _rootId, actorRef, ...fields } = event as InspectionEvent & Record<string, unknown>;
  return {
    ...fields,
    actorRef: (actorRef as AnyActorRef).id,
    sourceRef: undefined,
    snapshot: fields["snapshot"] && seen(fields["snapshot"]),
    _transitions: (fields["_transitions"] as { eventType: string }[] | undefined)?.map(({ eventType }) => eventType),
  };
}
