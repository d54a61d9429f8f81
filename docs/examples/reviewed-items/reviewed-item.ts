/** A work item whose work is drafted and reviewed before it counts: states of an application's own within `claimed`. */
import { assign } from "xstate";
import { extendWorkItem } from "signalbox/machines";

export type ReviewEvent =
  | { readonly type: "submit"; readonly text: string }
  | { readonly type: "approve"; readonly by: string }
  | { readonly type: "reject"; readonly because: string };

export interface Review {
  readonly text: string;
  readonly approvedBy: string | undefined;
  readonly remark: string | undefined;
}

const noReview: Review = { text: "", approvedBy: undefined, remark: undefined };

/** Says no to an event of the rules while the item is in this state. */
const refused = {};

export const reviewedItem = extendWorkItem<ReviewEvent, Review>({
  id: "reviewedItem",
  context: noReview,
  states: {
    todo: { entry: assign(noReview) },
    claimed: {
      initial: "drafting",
      states: {
        drafting: {
          on: {
            complete: refused,
            submit: { target: "inReview", actions: assign({ text: ({ event }) => event.text }) },
          },
        },
        inReview: {
          on: {
            complete: refused,
            approve: { target: "approved", actions: assign({ approvedBy: ({ event }) => event.by }) },
            reject: {
              target: "drafting",
              actions: assign({ remark: ({ event }) => event.because }),
            },
          },
        },
        approved: {},
      },
    },
  },
});

/** One of each, for the check. */
export const reviewEvents: readonly ReviewEvent[] = [
  { type: "submit", text: "a draft" },
  { type: "approve", by: "grace" },
  { type: "reject", because: "too long" },
];
