/** A machine as text for people: a Mermaid state diagram, and a Markdown table of everything that it reacts to. */
import type { AnyStateMachine } from "xstate";
import { edgeLabel, machineEdges, machineModel, stateLabel, type MachineEdge, type MachineState } from "./model.ts";

export interface MermaidOptions {
  /** Write the guard behind each event. Default `false`. */
  readonly guards?: boolean;
  /** Draw the events that leave every state where it is too. Default `false`: they are in the table only. */
  readonly stays?: boolean;
}

interface Drawing {
  readonly childrenOf: ReadonlyMap<string | undefined, readonly MachineState[]>;
  readonly edgesOf: ReadonlyMap<string, readonly MachineEdge[]>;
  readonly guards: boolean;
  readonly idOf: (path: string) => string;
}

/** The machine as a Mermaid `stateDiagram-v2`. */
export function machineDiagram(
  machine: AnyStateMachine,
  { guards = false, stays = false }: MermaidOptions = {},
): string {
  const { states, edges } = machineModel(machine);
  const drawing: Drawing = {
    childrenOf: Map.groupBy(states, ({ parent }) => parent),
    edgesOf: Map.groupBy(
      edges.filter(({ from, to }) => stays || from !== to),
      ({ from }) => from,
    ),
    guards,
    idOf: idsOf(states),
  };
  const root = states[0]!;
  return ["stateDiagram-v2", ...drawChildren(root, drawing, "  "), ...notesOfRoot(root, drawing)].join("\n");
}

/** Mermaid has no place for what the machine as a whole reacts to, in every state. */
function notesOfRoot({ path }: MachineState, { edgesOf, guards }: Drawing): string[] {
  const edges = edgesOf.get(path) ?? [];
  return edges.map(
    (edge) => `  %% in every state: ${clean(edgeLabel(edge, { guards }))}${edge.to === path ? "" : ` to ${edge.to}`}`,
  );
}

function drawChildren(state: MachineState, drawing: Drawing, indent: string): string[] {
  const { idOf } = drawing;
  const children = drawing.childrenOf.get(state.path) ?? [];
  if (state.type === "parallel") {
    const regions = children.map((child) => drawChildren(child, drawing, `${indent}  `));
    const body = regions.flatMap((lines, i) => (i === 0 ? lines : [`${indent}  --`, ...lines]));
    return [`${indent}state ${idOf(state.path)} {`, ...body, `${indent}}`];
  }
  return [
    ...children
      .filter((child) => child.path !== stateLabel(child) || idOf(child.path) !== child.path)
      .filter(({ path }) => path !== "end")
      .map((child) => `${indent}state "${clean(stateLabel(child))}" as ${idOf(child.path)}`),
    ...state.initial.map((path) => `${indent}[*] --> ${idOf(path)}`),
    ...children.flatMap((child) => drawState(child, drawing, indent)),
  ];
}

function drawState(state: MachineState, drawing: Drawing, indent: string): string[] {
  const { idOf } = drawing;
  const id = idOf(state.path);
  const labels = new Map<string, Set<string>>();
  for (const edge of drawing.edgesOf.get(state.path) ?? []) {
    const known = labels.get(edge.to) ?? new Set();
    labels.set(edge.to, known.add(clean(edgeLabel(edge, drawing))));
  }
  const arrows = [...labels].map(([to, events]) => `${indent}${id} --> ${idOf(to)}: ${[...events].join(", ")}`);
  const nested = drawing.childrenOf.has(state.path) ? drawNested(state, drawing, indent) : [];
  return [...arrows, ...(state.type === "final" ? [`${indent}${id} --> [*]`] : []), ...nested];
}

function drawNested(state: MachineState, drawing: Drawing, indent: string): string[] {
  if (state.type === "parallel") return drawChildren(state, drawing, indent);
  return [`${indent}state ${drawing.idOf(state.path)} {`, ...drawChildren(state, drawing, `${indent}  `), `${indent}}`];
}

/** Everything that the machine reacts to, as a Markdown table. */
export function machineTable(machine: AnyStateMachine): string {
  const cell = (text: string | undefined): string => (text === undefined || text === "" ? "–" : `\`${text}\``);
  const rows = machineEdges(machine).map(({ from, words, guard, to, effects }) =>
    [
      from === "" ? "any" : cell(from),
      words === undefined ? "by itself" : cell(words),
      cell(guard),
      from === to ? "stays" : cell(to),
      effects.length === 0 ? "–" : effects.map(cell).join(", "),
    ].join(" | "),
  );
  return [
    "| in | event | only if | to | effects |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}

/** Mermaid takes no dots in an id, and the word `end` has a meaning of its own there. Two that look the same then get a number. */
function idsOf(states: readonly MachineState[]): (path: string) => string {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const { path, key, parent } of states) {
    const plain = path === "end" ? "end_" : (parent === undefined ? key : path).replaceAll(/[^\w]/g, "_");
    let id = plain;
    for (let number = 2; taken.has(id); number++) id = `${plain}_${number}`;
    taken.add(id);
    ids.set(path, id);
  }
  return (path) => ids.get(path)!;
}

/** Characters that end a label, or begin something else in one. */
function clean(text: string): string {
  return text.replaceAll(/[;:#"{}<>\n\r]/g, (character) => ` #${character.charCodeAt(0)};`.trim());
}
