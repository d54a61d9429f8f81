/** A door, and a suite whose system does as it should. */
import { setup } from "xstate";

export const doorMachine = setup({
  types: { events: {} as { type: "OPEN" } | { type: "CLOSE" } | { type: "LOCK"; code: string } },
}).createMachine({
  id: "door",
  initial: "closed",
  states: {
    closed: { on: { OPEN: "open", LOCK: "locked" } },
    open: { on: { CLOSE: "closed" } },
    locked: { on: { OPEN: "closed" } },
  },
});

export class Door {
  state = "closed";
}

const MOVES: Readonly<Record<string, string>> = { OPEN: "open", CLOSE: "closed", LOCK: "locked" };
export const door = {
  sut: () => new Door(),
  do: {
    "*": (sut: Door, { type }: { readonly type: string }) =>
      void (sut.state = sut.state === "locked" ? "closed" : MOVES[type]!),
  },
  check: { "*": (sut: Door, { value }: { readonly value: unknown }) => sut.state === value },
};

/** What a promise was rejected with. */
export async function failureOf(running: Promise<unknown>): Promise<Error> {
  return running.then(
    () => {
      throw new Error("it passed");
    },
    (error: Error) => error,
  );
}
