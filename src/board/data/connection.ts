/**
 * The page's tie to the server, as a pure machine: what happens comes as events, time too; the feed does what each state asks for.
 *
 * C1 What is shown is live only in `live`; everywhere else the page says so.
 * C2 Attempts to come back are spaced further and further apart, up to `RETRY_MS_MAX`.
 * C3 A page that nobody sees asks for nothing.
 */
import { assign, setup, type SnapshotFrom } from "xstate";

export const RETRY_MS_MIN = 500;
export const RETRY_MS_MAX = 15_000;

type ConnectionEvent =
  | { readonly type: "opened" }
  | { readonly type: "ended" }
  | { readonly type: "lost"; readonly why: string }
  | { readonly type: "retry" }
  | { readonly type: "hidden" }
  | { readonly type: "shown" }
  | { readonly type: "refused"; readonly why: string };

interface ConnectionContext {
  /** Attempts that failed since it was last live. */
  readonly failures: number;
  readonly why: string;
}

const machineSetup = setup({ types: { context: {} as ConnectionContext, events: {} as ConnectionEvent } });

const lose = machineSetup.assign(({ context, event }) => ({
  failures: context.failures + 1,
  why: "why" in event ? event.why : context.why,
}));

export const connectionMachine = machineSetup.createMachine({
  id: "connection",
  context: { failures: 0, why: "" },
  initial: "connecting",
  states: {
    /** The picture is fetched, or caught up with, and the stream is opened. */
    connecting: {
      on: {
        ended: "ended",
        opened: { target: "live", actions: assign({ failures: 0, why: "" }) },
        lost: { target: "waiting", actions: lose },
        hidden: "asleep",
      },
    },
    live: { on: { ended: "ended", lost: { target: "waiting", actions: lose }, hidden: "asleep" } },
    waiting: { on: { retry: "connecting", shown: "connecting", hidden: "asleep" } },
    asleep: { on: { shown: "connecting" } },
    /** The run is over: nothing will change any more. */
    ended: { type: "final" },
    /** The token does not count, or the project is not there: trying again would not help. */
    refused: { type: "final" },
  },
  on: { refused: { target: ".refused", actions: assign({ why: ({ event }) => event.why }) } },
});

export type Connection = SnapshotFrom<typeof connectionMachine>;

/** How long to wait before the next attempt. */
export function retryDelayMs({ failures }: ConnectionContext): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.max(0, failures - 1));
}
