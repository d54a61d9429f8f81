/** Fetches something, tries again after a while that doubles, and gives up after three times. */
import { assign, fromPromise, setup } from "xstate";

const TRIES_MAX = 3;

export const fetchMachine = setup({
  types: {
    context: {} as { readonly tries: number; readonly data: string | undefined },
    events: {} as { type: "FETCH" } | { type: "CANCEL" },
  },
  actors: { load: fromPromise<string>(() => Promise.reject(new Error("never runs in a test"))) },
  delays: { backoff: ({ context }) => 100 * 2 ** (context.tries - 1) },
  guards: { mayRetry: ({ context }) => context.tries < TRIES_MAX },
}).createMachine({
  id: "fetch",
  context: { tries: 0, data: undefined },
  initial: "idle",
  states: {
    idle: { entry: assign({ tries: 0 }), on: { FETCH: "loading" } },
    loading: {
      entry: assign({ tries: ({ context }) => context.tries + 1 }),
      invoke: {
        id: "load",
        src: "load",
        onDone: { target: "loaded", actions: assign({ data: ({ event }) => event.output }) },
        onError: [{ guard: "mayRetry", target: "waiting" }, { target: "failed" }],
      },
      on: { CANCEL: "idle" },
    },
    waiting: { after: { backoff: "loading" }, on: { CANCEL: "idle" } },
    loaded: { on: { FETCH: { target: "loading", actions: assign({ tries: 0 }) } } },
    failed: { on: { FETCH: { target: "loading", actions: assign({ tries: 0 }) } } },
  },
});

/** Written by hand; what it loads is answered from outside. */
export class Fetcher {
  state: "idle" | "loading" | "waiting" | "loaded" | "failed" = "idle";
  tries = 0;
  data: string | undefined;
  #due: number | undefined;
  #open = false;
  readonly #bug: boolean;

  /** @param bug a wait that is cancelled is not forgotten: it loads again when its time has come */
  constructor(bug: boolean) {
    this.#bug = bug;
  }

  fetch(): void {
    if (this.state === "loading" || this.state === "waiting") return;
    this.tries = 0;
    this.#load();
  }

  cancel(): void {
    if (this.state !== "loading" && this.state !== "waiting") return;
    this.state = "idle";
    this.tries = 0;
    this.#open = false;
    if (!this.#bug) this.#due = undefined;
  }

  answer(data: string | undefined): void {
    if (!this.#open) throw new Error("nothing is being loaded");
    this.#open = false;
    if (data !== undefined) {
      this.data = data;
      this.state = "loaded";
    } else if (this.tries === TRIES_MAX) this.state = "failed";
    else {
      this.state = "waiting";
      this.#due = 100 * 2 ** (this.tries - 1);
    }
  }

  pass(ms: number): void {
    if (this.#due === undefined) return;
    this.#due -= ms;
    if (this.#due > 0) return;
    this.#due = undefined;
    this.#load();
  }

  #load(): void {
    this.state = "loading";
    this.tries++;
    this.#open = true;
  }
}
