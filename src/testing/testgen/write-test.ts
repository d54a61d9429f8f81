/** Writes a test file for a machine: everything that the kit has to be told is in it by name, so that its user fills in and does not look up. */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { SignalboxError } from "../../base/errors.ts";
import { declaredBy } from "../coverage/declared.ts";
import { bounded } from "../model/bounded.ts";
import { reachableIn } from "../coverage/reachable.ts";
import { invokedBy, sentEventsOf, type OutcomeDescriptor } from "../model/descriptors.ts";
import { exploreModel, type StateGraph } from "../model/explore.ts";
import { Model, StepThrew } from "../model/model.ts";
import { waysThrough } from "../paths/generate-paths.ts";

export interface WriteTestOptions {
  /** Name under which its module exports the machine. */
  readonly exported: string;
  /** How the test imports that module: `./checkout.ts`. */
  readonly module: string;
  readonly runner: "vitest" | "node";
  /** Input of the machine. */
  readonly input?: unknown;
  /** Whether the file is TypeScript. */
  readonly typed: boolean;
}

export interface WrittenTest {
  readonly text: string;
  readonly states: number;
  /** Events, and ends such as `load is done`, that are left out, because the machine threw without a payload; with what it threw. */
  readonly needPayload: ReadonlyMap<string, string>;
  /** States and transitions that are declared and cannot happen with what is sent so far. */
  readonly unreachable: readonly string[];
  /** Its context has no end: `bounded`, states are told apart by little of it; `value`, by nothing of it. */
  readonly abstracted: Abstraction | undefined;
}

export function writeTest(machine: AnyStateMachine, options: WriteTestOptions): WrittenTest {
  const look = explored(machine, options.input);
  const { needPayload, needOutput, abstracted, graph, unreachable } = look;
  const lines = [...head(machine, options, look), ...suite(machine, options, look), ...tail(options, look)];
  const needs = new Map([...needPayload, ...[...needOutput.values()].map(({ words, told }) => [words, told] as const)]);
  return { text: `${lines.join("\n")}\n`, states: graph.nodes.length, needPayload: needs, unreachable, abstracted };
}

/** A machine with more is abstracted: its test would be slow. */
const STATES_MAX = 2_000;

type Abstraction = "bounded" | "value";

const ABSTRACTIONS: Readonly<Record<Abstraction, (snapshot: AnyMachineSnapshot) => unknown>> = {
  bounded: ({ value, context }) => [value, bounded(context)],
  value: ({ value }) => value,
};

/** An end that throws without an output or an error that says more. */
interface NeedsOutput {
  readonly child: string;
  readonly kind: "done" | "error";
  readonly words: string;
  readonly told: string;
}

interface Look {
  readonly graph: StateGraph;
  readonly needPayload: ReadonlyMap<string, string>;
  readonly needOutput: ReadonlyMap<string, NeedsOutput>;
  readonly abstracted: Abstraction | undefined;
  readonly unreachable: readonly string[];
}

/** Leaves out what cannot happen bare, and looks at as little of a context without an end as it takes to come to one. */
function explored(machine: AnyStateMachine, input: unknown): Look {
  const needPayload = new Map<string, string>();
  const needOutput = new Map<string, NeedsOutput>();
  let abstracted: Abstraction | undefined;
  for (;;) {
    const events = Object.fromEntries([...needPayload.keys()].map((type) => [type, false]));
    const outcomes = Object.fromEntries(
      [...needOutput.values()].map(({ child }) => [child, endsLeft(child, machine, needOutput)]),
    );
    const abstract = abstracted && ABSTRACTIONS[abstracted];
    try {
      const graph = exploreModel(new Model(machine, { input, events, outcomes, abstract }), { limit: STATES_MAX });
      return { graph, needPayload, needOutput, abstracted, unreachable: unreachableIn(graph) };
    } catch (error) {
      if (!(error instanceof SignalboxError) || !noted(error, needPayload, needOutput)) {
        if (!(error instanceof SignalboxError) || error.code !== "model_too_large" || abstracted === "value")
          throw error;
        abstracted = abstracted === undefined ? "bounded" : "value";
      }
    }
  }
}

/** Whether the error says of a step that was not noted before that it lacks something. */
function noted(error: SignalboxError, needPayload: Map<string, string>, needOutput: Map<string, NeedsOutput>): boolean {
  if (!(error instanceof StepThrew)) return false;
  const { step, told } = error;
  if (step.kind === "event" && !needPayload.has(step.event.type)) {
    needPayload.set(step.event.type, told);
    return true;
  }
  if (step.kind !== "settle") return false;
  const { child, outcome } = step;
  const words = `${child} ${outcome.kind === "done" ? "is done" : "fails"}`;
  if (needOutput.has(words)) return false;
  needOutput.set(words, { child, kind: outcome.kind, words, told });
  return true;
}

function endsLeft(
  child: string,
  machine: AnyStateMachine,
  needOutput: ReadonlyMap<string, NeedsOutput>,
): OutcomeDescriptor {
  const kinds = endsOf(machine).get(child) ?? new Set();
  for (const need of needOutput.values()) if (need.child === child) kinds.delete(need.kind);
  return {
    done: kinds.has("done") ? [undefined] : [],
    error: kinds.has("error") ? [new Error(`${child} failed`)] : [],
  };
}

/** How what the machine invokes or spawns may end, as far as it reacts to it; by what a reader calls it. */
function endsOf(machine: AnyStateMachine): ReadonlyMap<string, Set<string>> {
  const names = new Map(invokedBy(machine).map(({ id, name }) => [id, name]));
  const ends = new Map<string, Set<string>>();
  for (const type of machine.events as readonly string[]) {
    const [, kind, id] = /^xstate\.(done|error)\.actor\.(.*)$/.exec(type) ?? [];
    if (id === undefined || id === "*") continue;
    const name = names.get(id) ?? id;
    ends.set(name, (ends.get(name) ?? new Set()).add(kind!));
  }
  return ends;
}

function unreachableIn(graph: StateGraph): readonly string[] {
  const { states, transitions } = declaredBy(graph.model.machine);
  const reached = reachableIn(graph);
  return [
    ...[...states.values()].filter((name) => !reached.states.has(name)),
    ...[...transitions.values()].flatMap(({ name }) => (reached.transitions.has(name) ? [] : [name])),
  ];
}

function head(machine: AnyStateMachine, options: WriteTestOptions, { graph, abstracted }: Look): readonly string[] {
  const { exported, module, runner, typed } = options;
  const hooks = runner === "vitest" ? "afterAll, test" : "after, test";
  const from = runner === "vitest" ? "vitest" : "node:test";
  const imported = exported === "default" ? MACHINE : `{ ${exported}${exported === MACHINE ? "" : ` as ${MACHINE}`} }`;
  const transitions = declaredBy(machine).transitions.size;
  return [
    `// Tests of the machine ${machine.id}: ${graph.nodes.length} states, time included, and ${transitions} transitions.`,
    "// Written by `signalbox testgen`, and yours from now on. As long as there is no `sut`, the machine itself is run,",
    "// with time and invoked actors that the test moves.",
    `import { ${hooks} } from "${from}";`,
    `import { assertCoverage, ${abstracted === "bounded" ? "bounded, " : ""}coverage, propertyTest, testPaths${typed ? ", type Suite" : ""} } from "signalbox/testing";`,
    `import ${imported} from "${module}";`,
    "",
  ];
}

const MACHINE = "machine";

function suite(machine: AnyStateMachine, { typed, input }: WriteTestOptions, facts: Look): readonly string[] {
  const lines = [
    ...(input === undefined ? [] : [`input: ${JSON.stringify(input)},`]),
    ...events(machine, typed, facts),
    ...outcomes(machine, facts),
    ...(facts.abstracted === undefined ? [] : [ABSTRACTED, ABSTRACT_LINES[facts.abstracted]]),
    ...system(machine),
  ];
  const body = lines.map((line) => (line === "" ? "" : `  ${line}`));
  return ["const suite = {", ...body, typed ? `} satisfies Suite<typeof ${MACHINE}, unknown>;` : "};", ""];
}

const ABSTRACTED =
  "// The context has no end, or too many values: this is what tells two states apart. Put in what of it matters.";
const ABSTRACT_LINES: Readonly<Record<Abstraction, string>> = {
  bounded: "abstract: ({ value, context }) => [value, bounded(context)],",
  value: "abstract: ({ value }) => [value],",
};

function events(machine: AnyStateMachine, typed: boolean, { needPayload }: Look): readonly string[] {
  const types = [...sentEventsOf(machine, {}).keys()];
  if (types.length === 0) return [];
  const lines = types.map((type) => {
    const told = needPayload.get(type);
    if (told !== undefined) return `${keyOf(type)}: false, // needs a payload: ${oneLine(told)}`;
    const wildcard = type.replace(/anything$/, "*");
    if (wildcard !== type && machine.events.includes(wildcard))
      return `${keyOf(wildcard)}: [{}], // as ${type}, in ${placesOf(machine, wildcard)}`;
    return `${keyOf(type)}: [{}], // in ${placesOf(machine, type)}`;
  });
  return [
    "// Payloads of each event: a list of examples, or fields with arbitraries of fast-check. `false` leaves it out.",
    ...(typed ? ["// What the compiler misses in one is what it needs."] : []),
    "events: {",
    ...lines.map((line) => `  ${line}`),
    "},",
  ];
}

function placesOf(machine: AnyStateMachine, type: string): string {
  const facts = [...declaredBy(machine).transitions.values()].filter(({ event }) => event === type);
  return [...new Set(facts.map(({ from }) => (from === "" ? "any state" : from)))].join(", ");
}

function outcomes(machine: AnyStateMachine, { needOutput }: Look): readonly string[] {
  const ends = endsOf(machine);
  if (ends.size === 0) return [];
  const lines = [...ends].map(([name, kinds]) => {
    const needs = [...needOutput.values()].filter(({ child }) => child === name);
    const lacks = (kind: string): boolean => needs.some((need) => need.kind === kind);
    const done = kinds.has("done") ? [`done: [${lacks("done") ? "" : "undefined"}]`] : [];
    const error = kinds.has("error")
      ? [`error: [${lacks("error") ? "" : `new Error(${JSON.stringify(`${name} failed`)})`}]`]
      : [];
    const told = needs.map(({ kind, told: why }) => `${kind} needs a value: ${oneLine(why)}`);
    return `  ${keyOf(name)}: { ${[...done, ...error].join(", ")} },${told.length > 0 ? ` // ${told.join("; ")}` : ""}`;
  });
  return ["// How what it invokes may end: examples of outputs and errors.", "outcomes: {", ...lines, "},"];
}

function system(machine: AnyStateMachine): readonly string[] {
  const types = [...sentEventsOf(machine, {}).keys()];
  const events: readonly string[] = machine.events;
  const isTimed = events.some((type) => type.startsWith("xstate.after."));
  const hasActors = events.some((type) => /^xstate\.(done|error)\.actor\./.test(type));
  const leaves = [...declaredBy(machine).states].filter(([node]) => Object.keys(node.states as object).length === 0);
  const commented = [
    "sut: () => new YourSystem(),",
    "do: {",
    ...types.map((type) => `  ${keyOf(type)}: (sut, event) => sut.…,`),
    "},",
    ...(isTimed ? ["wait: (sut, ms) => sut.…,"] : []),
    ...(hasActors ? ["settle: (sut, child, outcome) => sut.…,"] : []),
    ...(events.some((type) => type.startsWith("xstate.snapshot.")) ? ["report: (sut, child, snapshot) => sut.…,"] : []),
    "check: {",
    ...leaves.map(([, path]) => `  ${keyOf(path)}: (sut) => …,`),
    "},",
  ];
  return [
    "",
    "// What is tested: made anew for each path, moved as the machine is, and looked at in each of its states.",
    ...commented.map((line) => `// ${line}`),
  ];
}

function tail({ runner }: WriteTestOptions, { graph, unreachable }: Look): readonly string[] {
  const hook = runner === "vitest" ? "afterAll" : "after";
  const few = hasManyPaths(graph) ? ', paths: "transitions"' : "";
  const list = unreachable.length === 0 ? "unreachable: []" : "unreachable";
  return [
    ...(few === "" ? [] : ["// One test for every step of every state would be too many."]),
    `testPaths(${MACHINE}, { test, ...suite${few} });`,
    `propertyTest(${MACHINE}, { test, ...suite });`,
    ...(unreachable.length === 0
      ? []
      : [
          "",
          "// What these events and outcomes never lead to, so it is not tested. Give them what it takes, and take the line out:",
          "// what is out of reach and does not stand here fails.",
          "const unreachable = [",
          ...unreachable.map((name) => `  ${JSON.stringify(name)},`),
          "];",
        ]),
    `${hook}(() => assertCoverage(coverage(${MACHINE}), { states: 1, transitions: 1, ${list} }));`,
  ];
}

function hasManyPaths(graph: StateGraph): boolean {
  try {
    waysThrough(graph, "edges");
    return false;
  } catch (error) {
    if (error instanceof SignalboxError && error.code === "model_too_large") return true;
    throw error;
  }
}

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

/** What XState puts before what was thrown in a guard stands on lines of its own. */
const oneLine = (text: string): string => text.trim().split("\n").at(-1)!.replaceAll(/\s+/g, " ").slice(0, 100);
