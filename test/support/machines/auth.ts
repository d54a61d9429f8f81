/** Signing in: three wrong passwords lock it for a while; who does nothing is warned, and then signed out. */
import { assign, fromPromise, setup } from "xstate";

export type AuthEvent = { type: "SIGN_IN"; password: string } | { type: "SIGN_OUT" } | { type: "ACTIVITY" };

export const authMachine = setup({
  types: { context: {} as { readonly wrong: number }, events: {} as AuthEvent },
  actors: { verify: fromPromise<boolean, { readonly password: string }>(() => Promise.resolve(true)) },
  guards: { wasLast: ({ context }) => context.wrong >= 2 },
}).createMachine({
  id: "auth",
  context: { wrong: 0 },
  initial: "signedOut",
  states: {
    signedOut: { on: { SIGN_IN: "verifying" } },
    verifying: {
      invoke: {
        id: "verify",
        src: "verify",
        input: ({ event }) => ({ password: event.type === "SIGN_IN" ? event.password : "" }),
        onDone: [
          { guard: ({ event }) => event.output, target: "signedIn", actions: assign({ wrong: 0 }) },
          { guard: "wasLast", target: "locked", actions: assign({ wrong: 0 }) },
          { target: "signedOut", actions: assign({ wrong: ({ context }) => context.wrong + 1 }) },
        ],
        onError: "signedOut",
      },
    },
    locked: { after: { 30_000: "signedOut" } },
    signedIn: {
      initial: "active",
      states: {
        active: { after: { 900_000: "warned" }, on: { ACTIVITY: { target: "active", reenter: true } } },
        warned: { after: { 60_000: "#auth.signedOut" }, on: { ACTIVITY: "active" } },
      },
      on: { SIGN_OUT: "signedOut" },
    },
  },
});

/** Written by hand. */
export class Auth {
  state: "signedOut" | "verifying" | "locked" | "active" | "warned" = "signedOut";
  wrong = 0;
  #left = Infinity;
  readonly #bug: boolean;

  /** @param bug a successful sign-in does not forget the wrong passwords before it */
  constructor(bug: boolean) {
    this.#bug = bug;
  }

  signIn(): void {
    this.state = "verifying";
  }

  answer(isRight: boolean | undefined): void {
    if (isRight === undefined) this.state = "signedOut";
    else if (isRight) {
      if (!this.#bug) this.wrong = 0;
      this.#to("active", 900_000);
    } else if (this.wrong >= 2) {
      this.wrong = 0;
      this.#to("locked", 30_000);
    } else {
      this.wrong++;
      this.state = "signedOut";
    }
  }

  signOut(): void {
    this.#to("signedOut", Infinity);
  }

  activity(): void {
    this.#to("active", 900_000);
  }

  pass(ms: number): void {
    this.#left -= ms;
    if (this.#left > 0) return;
    if (this.state === "active") this.#to("warned", 60_000);
    else this.#to("signedOut", Infinity);
  }

  #to(state: Auth["state"], left: number): void {
    this.state = state;
    this.#left = left;
  }
}
