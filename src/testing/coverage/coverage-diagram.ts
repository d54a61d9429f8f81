/** The machine as a Mermaid flowchart in the colours of its coverage. A flowchart, for in state diagrams edges have no colours. */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { nodesOf } from "../model/descriptors.ts";
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
  const { idOf, nodes } = idsOf(machine);
  const transitions = [...declaredBy(machine).transitions.values()];
  const arrows = transitions.flatMap((each) => arrowsOf(each, taken.get(each.name) ?? 0, idOf));
  const verdicts = arrows.map(({ name }) => verdictOf(kinds.transitions, name));
  return [
    "flowchart TD",
    ...nodes.flatMap((node) => drawn(node, kinds.states, idOf, "  ")),
    ...(transitions.some(({ from, to }) => from === "" || to.includes("")) ? ["  root((any state))"] : []),
    ...arrows.map(({ text }) => text),
    ...(Object.keys(EDGES) as Verdict[]).flatMap((verdict) => linkStyle(verdicts, verdict)),
    "  classDef covered fill:#dafbe1,stroke:#1a7f37,color:#000",
    "  classDef missing fill:#ffebe9,stroke:#cf222e,color:#000",
    "  classDef unreachable fill:#f6f8fa,stroke:#8c959f,color:#000",
  ].join("\n");
}

type IdOf = (path: string) => string;

/** With a letter in front: words such as `end` mean something in a flowchart. Two paths that look the same there are told apart by a number. */
function idsOf(machine: AnyStateMachine): { readonly idOf: IdOf; readonly nodes: readonly AnyStateNode[] } {
  const ids = new Map([["", "root"]]);
  const taken = new Set<string>();
  for (const path of nodesOf(machine.root).slice(1).map(pathOf)) {
    const plain = `s_${path.replaceAll(/\W/g, "_")}`;
    let id = plain;
    for (let number = 2; taken.has(id); number++) id = `${plain}_${number}`;
    taken.add(id);
    ids.set(path, id);
  }
  return {
    idOf: (path) => ids.get(path)!,
    nodes: Object.values(machine.root.states as Record<string, AnyStateNode>),
  };
}

function drawn(node: AnyStateNode, states: Covered, idOf: IdOf, indent: string): string[] {
  const id = idOf(pathOf(node));
  const name = quoted(node.key);
  if (node.type === "history") return [`${indent}${id}(("${name}"))`];
  const verdict = verdictOf(states, pathOf(node));
  const children: readonly AnyStateNode[] = Object.values(node.states);
  if (children.length === 0) {
    const [open, close] = node.type === "final" ? ['(["', '"])'] : ['["', '"]'];
    return [`${indent}${id}${open}${name}${close}:::${verdict}`];
  }
  return [
    `${indent}subgraph ${id}["${name}"]`,
    ...children.flatMap((child) => drawn(child, states, idOf, `${indent}  `)),
    `${indent}end`,
    `${indent}class ${id} ${verdict}`,
  ];
}

function arrowsOf(
  { from, event, guard, to, name }: DeclaredTransition,
  count: number,
  idOf: IdOf,
): { name: string; text: string }[] {
  const label = quoted(`${event}${guard === undefined ? "" : ` [${guard}]`} ×${count}`);
  const source = idOf(from);
  const targets = to.length === 0 ? [source] : to.map(idOf);
  return targets.map((target) => ({ name, text: `  ${source} -->|"${label}"| ${target}` }));
}

/** What ends a text in quotes, or means a character by its number in one. */
function quoted(text: string): string {
  return text.replaceAll(/["#<>&]/g, (character) => `#${character.charCodeAt(0)};`).replaceAll(/\s/g, " ");
}

function linkStyle(verdicts: readonly Verdict[], verdict: Verdict): readonly string[] {
  const numbers = verdicts.flatMap((each, number) => (each === verdict ? [number] : []));
  return numbers.length === 0 ? [] : [`  linkStyle ${numbers.join(",")} ${EDGES[verdict]}`];
}

function verdictOf({ missing, unreachable }: Covered, name: string): Verdict {
  if (missing.includes(name)) return "missing";
  return unreachable.includes(name) ? "unreachable" : "covered";
}
