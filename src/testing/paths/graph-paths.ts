/** Paths and models that were made with `xstate/graph`, or with `@xstate/graph`, its older extract: as steps of ours. */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import type { Outcome, Step } from "../model/step.ts";

/** A path of either package. */
export interface GraphPath {
  readonly state: unknown;
  readonly steps: readonly { readonly state: unknown; readonly event: EventObject }[];
}

/** What `createTestModel` of either package answers. */
export interface GraphTestModel {
  readonly testLogic: unknown;
  getShortestPaths(): readonly GraphPath[];
  getSimplePaths(): readonly GraphPath[];
}

export function isGraphTestModel(source: unknown): source is GraphTestModel {
  return typeof source === "object" && source !== null && "testLogic" in source && "getShortestPaths" in source;
}

/** The machine that the paths lead through. */
export function machineOfPaths(paths: readonly GraphPath[]): AnyStateMachine | undefined {
  return (paths[0]?.state as AnyMachineSnapshot | undefined)?.machine;
}

export function stepsOfPath({ steps }: GraphPath): readonly Step[] {
  return steps
    .map(({ event }) => event)
    .filter(({ type }) => type !== "xstate.init")
    .map(stepOf);
}

/** Those packages send delays and ends of actors as the events that XState makes of them. How much time that is, the model knows. */
function stepOf(event: EventObject & { readonly output?: unknown; readonly error?: unknown }): Step {
  if (event.type.startsWith("xstate.after.")) return { kind: "wait", ms: Infinity };
  const [, kind, child] = /^xstate\.(done|error)\.actor\.(.*)$/.exec(event.type) ?? [];
  if (child === undefined) return { kind: "event", event };
  const outcome: Outcome =
    kind === "done" ? { kind: "done", output: event.output } : { kind: "error", error: event.error };
  return { kind: "settle", child, outcome };
}
