/** A shop's checkout: things in a cart, an address, and a payment that may be declined. The cart can hold any number of things. */
import { assign, fromPromise, setup } from "xstate";

export type CheckoutEvent =
  | { type: "ADD"; sku: string }
  | { type: "REMOVE"; sku: string }
  | { type: "CHECKOUT" }
  | { type: "ADDRESS"; zip: string }
  | { type: "BACK" };

export const checkoutMachine = setup({
  types: {
    context: {} as {
      readonly cart: readonly string[];
      readonly zip: string | undefined;
      readonly order: string | undefined;
    },
    events: {} as CheckoutEvent,
  },
  actors: { pay: fromPromise<string>(() => Promise.reject(new Error("never runs in a test"))) },
  guards: {
    hasItems: ({ context }) => context.cart.length > 0,
    isThere: ({ context, event }) => event.type === "REMOVE" && context.cart.includes(event.sku),
    isZip: ({ event }) => event.type === "ADDRESS" && /^\d{5}$/.test(event.zip),
  },
}).createMachine({
  id: "checkout",
  context: { cart: [], zip: undefined, order: undefined },
  initial: "shopping",
  states: {
    shopping: {
      on: {
        ADD: { actions: assign({ cart: ({ context, event }) => [...context.cart, event.sku] }) },
        REMOVE: {
          guard: "isThere",
          actions: assign({ cart: ({ context, event }) => context.cart.toSpliced(context.cart.indexOf(event.sku), 1) }),
        },
        CHECKOUT: { guard: "hasItems", target: "addressing" },
      },
    },
    addressing: {
      on: {
        ADDRESS: [
          { guard: "isZip", target: "paying", actions: assign({ zip: ({ event }) => event.zip }) },
          { target: "addressing.wrong" },
        ],
        BACK: "shopping",
      },
      initial: "asking",
      states: { asking: {}, wrong: {} },
    },
    paying: {
      invoke: {
        id: "pay",
        src: "pay",
        onDone: { target: "paid", actions: assign({ order: ({ event }) => event.output, cart: [] }) },
        onError: "declined",
      },
    },
    declined: { on: { CHECKOUT: "paying", BACK: "shopping" } },
    paid: { type: "final" },
  },
});

/** Written by hand. */
export class Checkout {
  state: "shopping" | "asking" | "wrong" | "paying" | "declined" | "paid" = "shopping";
  cart: string[] = [];
  zip: string | undefined;
  order: string | undefined;
  readonly #bug: boolean;

  /** @param bug taking a thing out of the cart takes out all of that kind */
  constructor(bug: boolean) {
    this.#bug = bug;
  }

  add(sku: string): void {
    this.cart.push(sku);
  }

  remove(sku: string): void {
    if (!this.cart.includes(sku)) return;
    if (this.#bug) this.cart = this.cart.filter((other) => other !== sku);
    else this.cart.splice(this.cart.indexOf(sku), 1);
  }

  checkout(): void {
    if (this.state === "declined") this.state = "paying";
    else if (this.cart.length > 0) this.state = "asking";
  }

  address(zip: string): void {
    if (!/^\d{5}$/.test(zip)) {
      this.state = "wrong";
      return;
    }
    this.zip = zip;
    this.state = "paying";
  }

  back(): void {
    this.state = "shopping";
  }

  answer(order: string | undefined): void {
    this.state = order === undefined ? "declined" : "paid";
    if (order === undefined) return;
    this.order = order;
    this.cart = [];
  }
}
