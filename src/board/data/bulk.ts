/** One action on many items, as a pure machine: counted first, then asked for, then done one by one. */
import { assign, setup } from "xstate";
import type { PlanEvent } from "./item-events.ts";

export interface BulkFailure {
  readonly key: string;
  readonly why: string;
}

type BulkEvent =
  | { readonly type: "choose"; readonly verb: PlanEvent }
  | { readonly type: "apply"; readonly count: number }
  | { readonly type: "succeeded" }
  | { readonly type: "failed"; readonly failure: BulkFailure }
  | { readonly type: "finished" };

interface BulkContext {
  readonly verb: PlanEvent;
  /** Items that were there to be changed when it began. */
  readonly count: number;
  readonly succeeded: number;
  readonly refused: number;
  /** The first of what was refused. */
  readonly failures: readonly BulkFailure[];
}

/** Of many failures the first are told one by one. */
const FAILURES_KEPT = 20;

export const bulkMachine = setup({
  types: { context: {} as BulkContext, events: {} as BulkEvent, input: {} as { readonly verb: PlanEvent } },
}).createMachine({
  id: "bulk",
  context: ({ input }) => ({ verb: input.verb, count: 0, succeeded: 0, refused: 0, failures: [] }),
  initial: "counting",
  states: {
    counting: {
      on: {
        choose: { actions: assign({ verb: ({ event }) => event.verb }) },
        apply: {
          guard: ({ event }) => event.count > 0,
          target: "applying",
          actions: assign({ count: ({ event }) => event.count, succeeded: 0, refused: 0, failures: [] }),
        },
      },
    },
    applying: {
      on: {
        succeeded: { actions: assign({ succeeded: ({ context }) => context.succeeded + 1 }) },
        failed: {
          actions: assign({
            refused: ({ context }) => context.refused + 1,
            failures: ({ context, event }) => [...context.failures, event.failure].slice(0, FAILURES_KEPT),
          }),
        },
        finished: "done",
      },
    },
    done: { type: "final" },
  },
});
