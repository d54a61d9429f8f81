/** A machine as a graph for Graphviz: states within states are clusters. */
import { edgeLabel, stateLabel, type MachineModel, type MachineState } from "./model.ts";

export function machineDot(model: MachineModel): string {
  const childrenOf = Map.groupBy(model.states, ({ parent }) => parent);
  const hasChildren = (path: string): boolean => childrenOf.has(path);
  // An arrow needs a point to end at: within a cluster the first state that is one.
  const pointOf = (path: string): string => {
    const first = childrenOf.get(path)?.[0];
    return first === undefined ? path : pointOf(first.path);
  };
  const arrow = (from: string, to: string, label: string): string => {
    const ends = [
      `label=${quoted(label)}`,
      ...(hasChildren(from) ? [`ltail=${quoted(`cluster ${from}`)}`] : []),
      ...(hasChildren(to) ? [`lhead=${quoted(`cluster ${to}`)}`] : []),
    ];
    return `  ${quoted(pointOf(from))} -> ${quoted(pointOf(to))} [${ends.join(", ")}];`;
  };
  const root = model.states[0]!;
  return [
    `digraph ${quoted(model.id)} {`,
    "  compound=true;",
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...(childrenOf.get(root.path) ?? []).flatMap((state) => drawState(state, childrenOf, "  ")),
    ...model.states.filter(({ type }) => type !== "parallel").flatMap((state) => drawInitial(state, pointOf)),
    ...model.edges.map((edge) => arrow(edge.from, edge.to, edgeLabel(edge, { guards: true }))),
    "}",
  ].join("\n");
}

function drawState(
  state: MachineState,
  childrenOf: ReadonlyMap<string | undefined, readonly MachineState[]>,
  indent: string,
): string[] {
  const label = `label=${quoted(stateLabel(state))}`;
  const children = childrenOf.get(state.path);
  if (children === undefined)
    return [`${indent}${quoted(state.path)} [${label}${state.type === "final" ? ", peripheries=2" : ""}];`];
  return [
    `${indent}subgraph ${quoted(`cluster ${state.path}`)} {`,
    `${indent}  ${label}; style=${state.parent !== undefined && state.type === "parallel" ? "dashed" : "rounded"};`,
    ...children.flatMap((child) => drawState(child, childrenOf, `${indent}  `)),
    `${indent}}`,
  ];
}

function drawInitial({ path, initial }: MachineState, pointOf: (path: string) => string): string[] {
  const from = quoted(`initial ${path}`);
  return initial.flatMap((to) => [
    `  ${from} [shape=point, label=""];`,
    `  ${from} -> ${quoted(pointOf(to))} [label=""];`,
  ]);
}

function quoted(text: string): string {
  return `"${text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll(/[\r\n]+/g, " ")}"`;
}
