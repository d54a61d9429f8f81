/** Writes a test file for a machine: everything that the kit has to be told is in it by name, so that its user fills in and does not look up. */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { SignalboxError } from "../../base/errors.ts";
import { declaredBy } from "../coverage/declared.ts";
import { bounded } from "../model/bounded.ts";
import { eventTypesOf } from "../model/descriptors.ts";
import { exploreModel, type StateGraph } from "../model/explore.ts";
import { Model, StepThrew } from "../model/model.ts";

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
  /** Types of events that are left out, because the machine threw without a payload; with what it threw. */
  readonly needPayload: ReadonlyMap<string, string>;
  /** Its context has no end: `bounded`, states are told apart by little of it; `value`, by nothing of it. */
  readonly abstracted: Abstraction | undefined;
}

export function writeTest(machine: AnyStateMachine, options: WriteTestOptions): WrittenTest {
  const look = explored(machine, options.input);
  const { needPayload, abstracted, graph } = look;
  const lines = [...head(machine, options, look), ...suite(machine, options, look), ...tail(options)];
  return { text: `${lines.join("\n")}\n`, states: graph.nodes.length, needPayload, abstracted };
}

/** A machine with more is abstracted: its test would be slow. */
const STATES_MAX = 2_000;

type Abstraction = "bounded" | "value";

const ABSTRACTIONS: Readonly<Record<Abstraction, (snapshot: AnyMachineSnapshot) => unknown>> = {
  bounded: ({ value, context }) => [value, bounded(context)],
  value: ({ value }) => value,
};

interface Look {
  readonly graph: StateGraph;
  readonly needPayload: ReadonlyMap<string, string>;
  readonly abstracted: Abstraction | undefined;
}

/** Leaves out what cannot be sent bare, and looks at as little of a context without an end as it takes to come to one. */
function explored(machine: AnyStateMachine, input: unknown): Look {
  const needPayload = new Map<string, string>();
  let abstracted: Abstraction | undefined;
  for (;;) {
    const events = Object.fromEntries([...needPayload.keys()].map((type) => [type, false]));
    const abstract = abstracted && ABSTRACTIONS[abstracted];
    try {
      return {
        graph: exploreModel(new Model(machine, { input, events, abstract }), { limit: STATES_MAX }),
        needPayload,
        abstracted,
      };
    } catch (error) {
      if (error instanceof StepThrew && error.step.kind === "event" && !needPayload.has(error.step.event.type))
        needPayload.set(error.step.event.type, error.told);
      else if (error instanceof SignalboxError && error.code === "model_too_large" && abstracted !== "value")
        abstracted = abstracted === undefined ? "bounded" : "value";
      else throw error;
    }
  }
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
    ...outcomes(machine),
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
  const types = eventTypesOf(machine, {});
  if (types.length === 0) return [];
  const lines = types.map((type) => {
    const told = needPayload.get(type);
    if (told !== undefined) return `${keyOf(type)}: false, // needs a payload: ${oneLine(told)}`;
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

/** Ends of actors that the machine reacts to, by the id of the actor. */
function outcomes(machine: AnyStateMachine): readonly string[] {
  const ends = new Map<string, Set<string>>();
  for (const type of machine.events as readonly string[]) {
    const [, kind, id] = /^xstate\.(done|error)\.actor\.(.*)$/.exec(type) ?? [];
    if (id !== undefined) ends.set(id, (ends.get(id) ?? new Set()).add(kind!));
  }
  if (ends.size === 0) return [];
  const lines = [...ends].map(([id, kinds]) => {
    const done = kinds.has("done") ? ["done: [undefined]"] : [];
    const error = kinds.has("error") ? [`error: [new Error(${JSON.stringify(`${id} failed`)})]`] : [];
    return `  ${keyOf(id)}: { ${[...done, ...error].join(", ")} },`;
  });
  return ["// How what it invokes may end: examples of outputs and errors.", "outcomes: {", ...lines, "},"];
}

function system(machine: AnyStateMachine): readonly string[] {
  const types = eventTypesOf(machine, {});
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

function tail({ runner }: WriteTestOptions): readonly string[] {
  const hook = runner === "vitest" ? "afterAll" : "after";
  return [
    `testPaths(${MACHINE}, { test, ...suite });`,
    `propertyTest(${MACHINE}, { test, ...suite });`,
    `${hook}(() => assertCoverage(coverage(${MACHINE}), { states: 1, transitions: 1 }));`,
  ];
}

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 100);
