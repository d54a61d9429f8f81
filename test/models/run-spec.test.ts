/**
 * Goal: the specification of a run and the machines that run it tell the same story, so that either may judge an engine.
 * Method: for every path that `xstate/graph` finds through the specification, the run machine and one item machine for each
 * item are sent what an engine would send them; after each step their states are compared with the specification's.
 */
import { getShortestPaths } from "xstate/graph";
import { initialTransition, transition } from "xstate";
import { describe, expect, test } from "vitest";
import {
  eventsOf,
  personEvents,
  runMachine,
  runSpecMachine,
  workItemMachine,
  type RunMachineEvent,
  type RunMachineSnapshot,
  type RunSpec,
  type RunSpecEvent,
  type RunSpecState,
  type WorkItemEvent,
  type WorkItemSnapshot,
} from "../../machines/index.ts";

const reason = { code: "test" };
const diamond = [[], [0], [0], [1, 2]];
const specs: readonly RunSpec[] = [
  { needs: diamond, liveItemsMax: 2, attemptsMax: 2, onFailure: "isolate" },
  { needs: diamond, liveItemsMax: 2, attemptsMax: 2, onFailure: "fail-fast" },
  { needs: [[], [], []], liveItemsMax: 2, attemptsMax: 1, onFailure: "isolate", unclaimed: [2] },
  { needs: [[], [0]], liveItemsMax: 1, attemptsMax: 2, onFailure: "isolate" },
  { needs: [[], [], [0]], liveItemsMax: 2, attemptsMax: 1, onFailure: "rollback", undo: [true, true, true] },
];

describe.each(specs)("$onFailure, $attemptsMax attempts, $needs.length items", (spec) => {
  test("I3: every path of the specification is a path of the machines", () => {
    const paths = getShortestPaths(runSpecMachine, {
      input: spec,
      // What people ask of single items multiplies the states: the small ones show it.
      events: [...eventsOf(spec), ...(spec.needs.length < 4 ? personEvents(spec.needs.length) : [])],
      filterEvents: (state, event) => state.can(event),
      serializeState: (state) => JSON.stringify(state.context.state),
    });
    expect(paths.length).toBeGreaterThan(50);
    for (const path of paths) {
      const machines = new Machines(spec);
      let before: RunSpecState | undefined;
      for (const { event, state } of path.steps) {
        if (before !== undefined) machines.take(event, state.context.state);
        before = state.context.state;
        expect(machines.told()).toEqual(toldBy(before));
      }
    }
  });
});

function toldBy({ run, items }: RunSpecState): unknown {
  return { run, open: run === "running", items: items.map(({ status, spent }) => ({ status, spent })) };
}

/** The machines, and what an engine sends them; the actors of a real engine without the engine. */
class Machines {
  #run: RunMachineSnapshot;
  readonly #items: WorkItemSnapshot[];
  #token = 0;

  constructor({ needs, liveItemsMax, attemptsMax, onFailure }: RunSpec) {
    const rollback = onFailure === "rollback";
    const input = { runId: "r", name: "model", size: needs.length, liveItemsMax, rollback };
    this.#run = initialTransition(runMachine, input)[0];
    this.#items = needs.map(() => initialTransition(workItemMachine, { attemptsMax })[0]);
  }

  take(event: RunSpecEvent, after: RunSpecState): void {
    if ("item" in event) this.#report(event);
    else if (event.type === "drained") this.#sendRun({ type: "drained", outcome: after.outcome! });
    else if (event.type === "cancel") this.#sendRun({ type: "cancel", reason });
    else this.#sendRun({ type: event.type });
    if (after.run !== "settling") return;
    if (this.#run.value.lifecycle !== "settling") this.#sendRun({ type: "abort", reason });
    this.#cancelLive();
  }

  told(): unknown {
    const items = this.#items.map(({ value, context }) => ({
      status: value,
      spent: context.attempt - context.refunded,
    }));
    return { run: this.#run.value.lifecycle, open: this.#run.value.admission === "open", items };
  }

  #report(event: Extract<RunSpecEvent, { item: number }>): void {
    const token = this.#items[event.item]!.context.token;
    if (event.type === "claim") this.#sendItem(event.item, { type: "claim", holder: "test", token: ++this.#token });
    else if (event.type === "fail")
      this.#sendItem(event.item, { type: "fail", token, reason, retryable: event.retryable });
    else if (event.type === "cancelItem") this.#sendItem(event.item, { type: "cancel", reason });
    else if (event.type === "retryItem") this.#sendItem(event.item, { type: "requeue", reset: true });
    // The others are no events of items: an undo moves none.
    else if (event.type === "complete" || event.type === "release" || event.type === "timeout")
      this.#sendItem(event.item, { type: event.type, token });
    // Retry by policy: the machine itself says whether it may.
    if (event.type === "fail" || event.type === "timeout") this.#sendItem(event.item, { type: "requeue" });
  }

  #cancelLive(): void {
    this.#items.forEach(({ value }, item) => {
      if (value === "claimed") this.#sendItem(item, { type: "cancel", reason });
    });
  }

  #sendRun(event: RunMachineEvent): void {
    this.#run = transition(runMachine, this.#run, event)[0];
  }

  #sendItem(item: number, event: WorkItemEvent): void {
    this.#items[item] = transition(workItemMachine, this.#items[item]!, event)[0];
  }
}
