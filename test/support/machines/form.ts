/** A form whose fields are judged by themselves, and which can be sent when all of them are right. */
import { assign, fromPromise, setup, stateIn } from "xstate";

export type FormEvent = { type: "NAME"; text: string } | { type: "EMAIL"; text: string } | { type: "SUBMIT" };

interface FormContext {
  readonly name: string;
  readonly email: string;
}

const isName = (text: string): boolean => text.length > 0;
const isEmail = (text: string): boolean => text.includes("@");

export const formMachine = setup({
  types: { context: {} as FormContext, events: {} as FormEvent },
  actors: { save: fromPromise<void>(() => Promise.resolve()) },
  guards: {
    nameIsRight: ({ context }) => isName(context.name),
    emailIsRight: ({ context }) => isEmail(context.email),
  },
}).createMachine({
  id: "form",
  type: "parallel",
  context: { name: "", email: "" },
  states: {
    name: {
      initial: "empty",
      on: { NAME: { target: ".judging", actions: assign({ name: ({ event }) => event.text }) } },
      states: {
        empty: {},
        judging: { always: [{ guard: "nameIsRight", target: "right" }, { target: "wrong" }] },
        right: {},
        wrong: {},
      },
    },
    email: {
      initial: "empty",
      on: { EMAIL: { target: ".judging", actions: assign({ email: ({ event }) => event.text }) } },
      states: {
        empty: {},
        judging: { always: [{ guard: "emailIsRight", target: "right" }, { target: "wrong" }] },
        right: {},
        wrong: {},
      },
    },
    sending: {
      initial: "editing",
      states: {
        editing: {
          on: {
            SUBMIT: [{ guard: stateIn({ name: "right", email: "right" }), target: "saving" }, { target: "refused" }],
          },
        },
        refused: { on: { NAME: "editing", EMAIL: "editing" } },
        saving: { invoke: { id: "save", src: "save", onDone: "saved", onError: "refused" } },
        saved: { type: "final" },
      },
    },
  },
});

/** Written by hand. */
export class Form {
  name: { text: string; verdict: "empty" | "right" | "wrong" } = { text: "", verdict: "empty" };
  email: { text: string; verdict: "empty" | "right" | "wrong" } = { text: "", verdict: "empty" };
  sending: "editing" | "refused" | "saving" | "saved" = "editing";
  readonly #bug: boolean;

  /** @param bug a field that was right once is taken to be right for ever */
  constructor(bug: boolean) {
    this.#bug = bug;
  }

  setName(text: string): void {
    this.name = { text, verdict: this.#verdict(this.name.verdict, isName(text)) };
    if (this.sending === "refused") this.sending = "editing";
  }

  setEmail(text: string): void {
    this.email = { text, verdict: this.#verdict(this.email.verdict, isEmail(text)) };
    if (this.sending === "refused") this.sending = "editing";
  }

  submit(): void {
    if (this.sending !== "editing") return;
    this.sending = this.name.verdict === "right" && this.email.verdict === "right" ? "saving" : "refused";
  }

  answer(isSaved: boolean): void {
    this.sending = isSaved ? "saved" : "refused";
  }

  #verdict(before: string, isRight: boolean): "right" | "wrong" {
    return isRight || (this.#bug && before === "right") ? "right" : "wrong";
  }
}
