/** A way through a run in words, and where it leads. */
import { isTerminal, type RunSpec, type RunSpecState } from "../../machines/run-spec.ts";
import { stepWorld, type SpecEvent, type SpecRules } from "./rules.ts";

/** One step of a counterexample. */
export interface VerifyStep {
  /** Name of the event, as in the specification; `crash` is a process that ends while another goes on. */
  readonly event: string;
  /** Key of the item that it is about. */
  readonly item?: string;
  readonly words: string;
}

type KeyOf = (item: number) => string;

export function stepsInWords(
  rules: SpecRules,
  spec: RunSpec,
  path: readonly SpecEvent[],
  keyOf: KeyOf,
): { readonly steps: VerifyStep[]; readonly end: string } {
  let state = rules.initial(spec);
  const steps = path.map((event): VerifyStep => {
    const before = state;
    state = stepWorld(rules, spec, state, event)!;
    const words = eventInWords(event, before, state, keyOf);
    return { event: event.type, ...("item" in event && { item: keyOf(event.item) }), words };
  });
  return { steps, end: stateInWords(state, keyOf) };
}

function eventInWords(event: SpecEvent, before: RunSpecState, after: RunSpecState, keyOf: KeyOf): string {
  if (!("item" in event)) return runEventInWords(event, before, after, keyOf);
  const key = keyOf(event.item);
  const { status } = after.items[event.item]!;
  const then = status === "todo" ? "it will be tried again" : `it is ${status}`;
  const others = othersThatMoved(event.item, before, after, keyOf);
  switch (event.type) {
    case "claim":
      return `${key} starts (attempt ${after.items[event.item]!.spent})${others}`;
    case "complete":
      return after.items[event.item]!.verifying === true
        ? `the work of ${key} is done: it is being verified${others}`
        : `${key} reports that it is done: it is ${status}${others}`;
    case "verified":
      return `the check of ${key} succeeds: it is ${status}${others}`;
    case "fail":
      return `${before.items[event.item]!.verifying === true ? `the check of ${key}` : key} fails${event.retryable ? "" : " for good"}: ${then}${others}`;
    case "timeout":
      return `${key} runs out of time and is told to stop: ${then}${others}`;
    case "release":
      return `the attempt of ${key} vanishes without a verdict: it is given back${others}`;
    case "when":
      return `\`when\` of ${key} ${event.holds ? "holds" : "does not hold: it is skipped"}${others}`;
    case "undoStart":
      return `the undo of ${key} starts${others}`;
    case "undone":
      return `${key} is undone${others}`;
    case "undoFail":
      return `the undo of ${key} fails${others}`;
    case "undoCut":
      return `the undo of ${key} vanishes without a verdict: it runs again${others}`;
    case "cancelItem":
      return `somebody cancels ${key}${others}`;
    case "retryItem":
      return `somebody has ${key} tried again${others}`;
    case "ended":
      return `the attempt of ${key} that was told to stop has stopped${others}`;
  }
}

function runEventInWords(
  event: Exclude<SpecEvent, { item: number }>,
  before: RunSpecState,
  after: RunSpecState,
  keyOf: KeyOf,
): string {
  const others = othersThatMoved(undefined, before, after, keyOf);
  switch (event.type) {
    case "start":
      return `the run starts${others}`;
    case "pause":
      return `somebody pauses the run${others}`;
    case "resume":
      return `somebody resumes the run${others}`;
    case "cancel":
      return `somebody cancels the run${others}`;
    case "drained":
      return after.run === "rollingBack"
        ? `nothing is live and nothing can start: the run takes back what it did${others}`
        : `nothing is live and nothing can start: the run ends as ${after.run}${others}`;
    case "rolledBack":
      return `nothing is left to take back: the run ends as ${after.run}${others}`;
    case "crash":
      return `the process ends and another goes on${others}`;
  }
}

/** What else changed in the same step. */
function othersThatMoved(item: number | undefined, before: RunSpecState, after: RunSpecState, keyOf: KeyOf): string {
  const moved = after.items.flatMap(({ status, ending }, other) => {
    const was = before.items[other]!;
    if (other === item || (was.status === status && was.ending === ending)) return [];
    if (was.status === status) return [`the attempt of ${keyOf(other)} is gone`];
    return [status === "todo" ? `${keyOf(other)} is given back` : `${keyOf(other)} is ${status}`];
  });
  return moved.length === 0 ? "" : `; ${moved.join(", ")}`;
}

function stateInWords(state: RunSpecState, keyOf: KeyOf): string {
  const items = state.items.map(
    ({ status, ending }, item) => `${keyOf(item)} ${status}${ending ? " (its attempt is still ending)" : ""}`,
  );
  return `the run ${isTerminal(state) ? "has ended as" : "is"} ${state.run}; ${items.join(", ")}`;
}
