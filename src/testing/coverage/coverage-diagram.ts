/** The machine as a Mermaid flowchart in the colours of its coverage. A flowchart, for in state diagrams edges have no colours. */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { declaredBy, pathOf, type DeclaredTransition } from "./declared.ts";
import type { Covered } from "./covered.ts";

type Verdict = "covered" | "missing" | "unreachable";

const EDGES: Readonly<Record<Verdict, string>> = {
  covered: "stroke:#1a7f37",
  missing: "stroke:#cf222e,stroke-width:3px",
  unreachable: "stroke:#8c959f,stroke-dasharray:4",
};

interface Kinds {
  readonly states: Covered;
  readonly transitions: Covered;
}

export function coverageDiagram(machine: AnyStateMachine, kinds: Kinds, taken: ReadonlyMap<string, number>): string {
  const transitions = [...declaredBy(machine).transitions.values()];
  const arrows = transitions.flatMap((each) => arrowsOf(each, taken.get(each.name) ?? 0));
  const verdicts = arrows.map(({ name }) => verdictOf(kinds.transitions, name));
  return [
    "flowchart TD",
    ...Object.values(machine.root.states as Record<string, AnyStateNode>).flatMap((node) =>
      drawn(node, kinds.states, "  "),
    ),
    ...(transitions.some(({ from }) => from === "") ? ["  root((any state))"] : []),
    ...arrows.map(({ text }) => text),
    ...(Object.keys(EDGES) as Verdict[]).flatMap((verdict) => linkStyle(verdicts, verdict)),
    "  classDef covered fill:#dafbe1,stroke:#1a7f37,color:#000",
    "  classDef missing fill:#ffebe9,stroke:#cf222e,color:#000",
    "  classDef unreachable fill:#f6f8fa,stroke:#8c959f,color:#000",
  ].join("\n");
}

function drawn(node: AnyStateNode, states: Covered, indent: string): string[] {
  if (node.type === "history") return [`${indent}${idOf(pathOf(node))}(("${node.key}"))`];
  const id = idOf(pathOf(node));
  const children: readonly AnyStateNode[] = Object.values(node.states);
  if (children.length === 0) {
    const [open, close] = node.type === "final" ? ['(["', '"])'] : ['["', '"]'];
    return [`${indent}${id}${open}${node.key}${close}:::${verdictOf(states, pathOf(node))}`];
  }
  return [
    `${indent}subgraph ${id}["${node.key}"]`,
    ...children.flatMap((child) => drawn(child, states, `${indent}  `)),
    `${indent}end`,
  ];
}

function arrowsOf(
  { from, event, guard, to, name }: DeclaredTransition,
  count: number,
): { name: string; text: string }[] {
  const label = `${event}${guard === undefined ? "" : ` [${guard}]`} ×${count}`.replaceAll('"', "'");
  const source = from === "" ? "root" : idOf(from);
  const targets = to.length === 0 ? [source] : to.map((path) => (path === "" ? "root" : idOf(path)));
  return targets.map((target) => ({ name, text: `  ${source} -->|"${label}"| ${target}` }));
}

function linkStyle(verdicts: readonly Verdict[], verdict: Verdict): readonly string[] {
  const numbers = verdicts.flatMap((each, number) => (each === verdict ? [number] : []));
  return numbers.length === 0 ? [] : [`  linkStyle ${numbers.join(",")} ${EDGES[verdict]}`];
}

function verdictOf({ missing, unreachable }: Covered, name: string): Verdict {
  if (missing.includes(name)) return "missing";
  return unreachable.includes(name) ? "unreachable" : "covered";
}

/** With a letter in front: words such as `end` mean something in a flowchart. */
function idOf(path: string): string {
  return `s_${path.replaceAll(/\W/g, "_")}`;
}
