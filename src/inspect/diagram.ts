/** Draws and lists any XState machine: a Mermaid state diagram, and a Markdown table of everything that it reacts to. */
import type { AnyStateMachine, AnyStateNode } from "xstate";

export interface MachineEdge {
  /** Path of the state within the machine, dotted; empty for the machine itself. */
  readonly from: string;
  /** `undefined` for what happens by itself as soon as its guard holds. */
  readonly event: string | undefined;
  readonly guard: string | undefined;
  /** The same as `from` where the state stays. */
  readonly to: string;
  /** Names of the effects that the host carries out, in order. */
  readonly effects: readonly string[];
}

type Transition = NonNullable<AnyStateNode["always"]>[number];

/** Every transition of the machine, in the order in which it is written. */
export function machineEdges(machine: AnyStateMachine): MachineEdge[] {
  return nodesOf(machine.root).flatMap((node) => [
    ...[...node.transitions].flatMap(([event, transitions]) =>
      transitions.flatMap((each) => edgesOf(node, event, each)),
    ),
    ...(node.always ?? []).flatMap((each) => edgesOf(node, undefined, each)),
  ]);
}

function edgesOf(node: AnyStateNode, event: string | undefined, { target, guard, actions }: Transition): MachineEdge[] {
  const effects = actions.map(nameOf).filter((name) => name !== undefined);
  const targets: readonly AnyStateNode[] = target ?? [node];
  return targets.map((to) => ({ from: pathOf(node), event, guard: nameOf(guard), to: pathOf(to), effects }));
}

/** The machine as a Mermaid `stateDiagram-v2`. Events that leave every state where it is are in the table only. */
export function machineDiagram(machine: AnyStateMachine): string {
  const edges = machineEdges(machine).filter(({ from, to }) => from !== to);
  return ["stateDiagram-v2", ...drawChildren(machine.root, edges, "  ")].join("\n");
}

function drawChildren(node: AnyStateNode, edges: readonly MachineEdge[], indent: string): string[] {
  const children: readonly AnyStateNode[] = Object.values(node.states);
  if (node.type === "parallel") {
    const regions = children.map((child) => drawChildren(child, edges, `${indent}  `));
    const body = regions.flatMap((lines, i) => (i === 0 ? lines : [`${indent}  --`, ...lines]));
    return [`${indent}state ${node.parent === undefined ? node.key : idOf(pathOf(node))} {`, ...body, `${indent}}`];
  }
  const initial: readonly AnyStateNode[] = node.initial?.target ?? [];
  return [
    ...children
      .filter(({ path }) => path.length > 1)
      .map((child) => `${indent}state "${child.key}" as ${idOf(pathOf(child))}`),
    ...initial.map((child) => `${indent}[*] --> ${idOf(pathOf(child))}`),
    ...children.flatMap((child) => drawState(child, edges, indent)),
  ];
}

function drawState(node: AnyStateNode, edges: readonly MachineEdge[], indent: string): string[] {
  const id = idOf(pathOf(node));
  const labels = new Map<string, Set<string>>();
  for (const { to, event, guard } of edges.filter(({ from }) => from === pathOf(node))) {
    const known = labels.get(to) ?? new Set();
    labels.set(to, known.add(event ?? `[${guard ?? "always"}]`));
  }
  const arrows = [...labels].map(([to, events]) => `${indent}${id} --> ${idOf(to)}: ${[...events].join(", ")}`);
  const nested = Object.keys(node.states).length > 0 ? drawNested(node, edges, indent) : [];
  return [...arrows, ...(node.type === "final" ? [`${indent}${id} --> [*]`] : []), ...nested];
}

function drawNested(node: AnyStateNode, edges: readonly MachineEdge[], indent: string): string[] {
  if (node.type === "parallel") return drawChildren(node, edges, indent);
  return [`${indent}state ${idOf(pathOf(node))} {`, ...drawChildren(node, edges, `${indent}  `), `${indent}}`];
}

/** Everything that the machine reacts to, as a Markdown table. */
export function machineTable(machine: AnyStateMachine): string {
  const cell = (text: string | undefined): string => (text === undefined || text === "" ? "–" : `\`${text}\``);
  const rows = machineEdges(machine).map(({ from, event, guard, to, effects }) =>
    [
      from === "" ? "any" : cell(from),
      event === undefined ? "by itself" : cell(event),
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

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  const children: readonly AnyStateNode[] = Object.values(node.states);
  return [node, ...children.flatMap(nodesOf)];
}

function pathOf({ path }: AnyStateNode): string {
  return path.join(".");
}

/** Mermaid takes no dots in an id, and the word `end` has a meaning of its own there. */
function idOf(path: string): string {
  return path === "end" ? "end_" : path.replaceAll(/[^\w]/g, "_");
}

/** A named guard or action, with its parameters; builtin and inline ones have no name worth showing. */
function nameOf(reference: unknown): string | undefined {
  if (typeof reference === "string") return reference;
  if (typeof reference !== "object" || reference === null || !("type" in reference)) return undefined;
  const params =
    "params" in reference && typeof reference.params === "object" ? Object.values(reference.params ?? {}) : [];
  return [String(reference.type), ...params.map(String)].join(" ");
}
