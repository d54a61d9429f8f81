/** What a test of a machine fails with: what was expected, and the shortest way to see that it is not so. */
import { SignalboxError } from "../../base/errors.ts";
import { stateInWords, stepInWords, valueInWords } from "../model/step.ts";
import type { Fixture } from "./fixture.ts";
import type { Fault, TraceStep } from "./walk.ts";

/** A system does not do what its machine says, or the machine does not hold what was promised. The message has the steps that show it. */
export class ModelTestFailure extends SignalboxError {
  /** The steps to the fault. */
  readonly trace: readonly TraceStep[];
  /** The same as data: `replayFixture` and `signalbox testgen replay` walk it again. */
  readonly fixture: Fixture;

  constructor(message: string, trace: readonly TraceStep[], fixture: Fixture, cause: unknown) {
    super("model_test_failed", message, { cause });
    this.trace = trace;
    this.fixture = fixture;
  }
}

/** `checkout: expected the system to be in paid, but it is cart` and the steps, one on each line. */
export function faultInWords(machine: string, { expected, cause, trace }: Fault): string {
  const but = cause === undefined ? "" : `, but ${valueInWords(cause)}`;
  return [`${machine}: expected ${expected}${but}`, ...traceInWords(trace)].join("\n");
}

export function traceInWords(trace: readonly TraceStep[]): readonly string[] {
  if (trace.length === 0) return ["  at first, before any step"];
  const words = trace.map(({ step }) => stepInWords(step));
  const width = Math.min(50, Math.max(...words.map((word) => word.length)));
  return trace.map(({ from, to }, at) => {
    const move =
      stateInWords(from) === stateInWords(to) ? stateInWords(to) : `${stateInWords(from)} → ${stateInWords(to)}`;
    return `  ${at + 1}. ${words[at]!.padEnd(width)}  ${move}`;
  });
}
