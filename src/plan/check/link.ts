import { LIMITS } from "../../base/limits.ts";
import { cyclePaths } from "../../graph/cycle.ts";
import { buildGraph, type Graph } from "../../graph/graph.ts";
import { topologicalOrder } from "../../graph/order.ts";
import type { NeedNames } from "./check-collection.ts";
import type { Checking } from "./checking.ts";
import type { Draft } from "./draft.ts";
import type { Findings, Step } from "./findings.ts";
import { combinationKeys } from "./matrix.ts";
import { quote } from "./names.ts";

/** The items a need means, in the numbering of the file: one task's, or one item of it. */
export interface Target {
  readonly draft: number;
  readonly firstItem: number;
  readonly items: number;
}

/** For each draft what its needs mean, by position; `undefined` where that was wrong, or for no needs at all. */
export type Targets = readonly (readonly (Target | undefined)[] | undefined)[];

/** How the items of a plan hang together. */
export interface Links {
  /** What each draft needs, by position in its needs. */
  readonly byDraft: Targets;
  /** Numbers of the file in the plan's order. */
  readonly order: Int32Array;
  /** Needs in the plan's numbering. */
  readonly graph: Graph;
}

/**
 * Looks up every need, finds cycles, and numbers the items topologically: of all such orders the one that stays closest to
 * the file. What is wrong is noted; then there are no links. `paths` holds the cycles, by ids.
 */
export function linkDrafts(checking: Checking, drafts: readonly Draft[]): { links?: Links; paths: string[][] } {
  const { findings } = checking;
  const last = drafts.at(-1);
  const size = last === undefined ? 0 : last.firstItem + last.items;
  if (size > LIMITS.tasksMax) return { paths: [] };
  const linker = new Linker(checking, drafts, size);
  const byDraft: Targets = drafts.map((draft) => linker.targetsOf(draft));
  const { edges } = linker;
  if (edges > LIMITS.needsMax) {
    const expected = `at most ${LIMITS.needsMax} needs, each item of a matrix counted`;
    findings.addAt(["tasks"], expected, "more", "put a task without a matrix between two large matrices");
    return { paths: [] };
  }
  const graph = graphInFileOrder(size, edges, drafts, byDraft);
  const order = topologicalOrder(graph);
  if (order === undefined) return { paths: noteCycles(findings, drafts, byDraft) };
  return { links: { byDraft, order, graph: renumbered(graph, order) }, paths: [] };
}

/** Finds what each need names. Keys of matrix items are listed only when somebody asks for one. */
class Linker {
  /** Needs between items so far; beyond the limit nothing more is looked up. */
  edges = 0;
  readonly #checking: Checking;
  readonly #drafts: readonly Draft[];
  readonly #ids = new Map<string, Target>();
  #keys: ReadonlyMap<string, Target> | undefined;
  /** For each item the last draft that named it, counted from 1. */
  readonly #namedBy: Int32Array;

  constructor(checking: Checking, drafts: readonly Draft[], size: number) {
    this.#checking = checking;
    this.#drafts = drafts;
    for (const draft of drafts) this.#ids.set(draft.id, draft);
    this.#namedBy = new Int32Array(size);
  }

  targetsOf(draft: Draft): (Target | undefined)[] | undefined {
    const { needs } = draft.values;
    if (needs === undefined || needs.names.length === 0 || this.edges > LIMITS.needsMax) return undefined;
    // As long as it has to be: one that grows begins with room for seventeen.
    return needs.names.map((_, i) => this.#target(draft, needs, i));
  }

  #target(draft: Draft, needs: NeedNames, i: number): Target | undefined {
    const name = needs.names[i];
    if (typeof name !== "string" || this.edges > LIMITS.needsMax) return undefined;
    const target = this.#ids.get(name) ?? (name.includes("[") ? this.#itemKeys().get(name) : undefined);
    if (target === undefined) {
      this.#unknown(draft, needs, i, name);
      return undefined;
    }
    this.edges += draft.items * target.items;
    if (!this.#alreadyNamed(target, draft.draft + 1)) return target;
    const { findings } = this.#checking;
    findings.addAt(
      stepsOf(draft, needs, i),
      "each need once",
      `${quote(name)} again`,
      "remove one of the two",
      targetOf(needs),
    );
    return undefined;
  }

  #unknown(draft: Draft, needs: NeedNames, i: number, name: string): void {
    const { findings, suggester } = this.#checking;
    if (findings.countOnly()) return;
    const names = name.includes("[") ? [...this.#itemKeys().keys(), ...this.#ids.keys()] : this.#ids.keys();
    const near = suggester.nearest(name, names);
    const fix = near === undefined ? "add a task with this id, or remove the need" : `did you mean \`${near}\`?`;
    findings.addAt(stepsOf(draft, needs, i), "the id of a task of this plan", quote(name), fix, targetOf(needs));
  }

  #alreadyNamed(target: Target, mark: number): boolean {
    let named = false;
    for (let item = target.firstItem; item < target.firstItem + target.items; item++) {
      named ||= this.#namedBy[item] === mark;
      this.#namedBy[item] = mark;
    }
    return named;
  }

  #itemKeys(): ReadonlyMap<string, Target> {
    return (this.#keys ??= targetsByKey(this.#drafts));
  }
}

/** The items of matrix tasks, each by its own key. */
export function targetsByKey(drafts: readonly Draft[]): ReadonlyMap<string, Target> {
  const keys = new Map<string, Target>();
  for (const { draft, id, values, firstItem } of drafts) {
    if (values.matrix === undefined) continue;
    combinationKeys(id, values.matrix).forEach((key, n) =>
      keys.set(key, { draft, firstItem: firstItem + n, items: 1 }),
    );
  }
  return keys;
}

/** The way to a need: its position in a list, its name in a map. */
export function stepsOf(draft: Draft, needs: NeedNames, i: number): Step[] {
  return ["tasks", draft.id, "needs", needs.conditions === undefined ? i : String(needs.names[i])];
}

/** In the map form the name is the key. */
export function targetOf(needs: NeedNames): "key" | "value" {
  return needs.conditions === undefined ? "value" : "key";
}

function graphInFileOrder(size: number, edgesMax: number, drafts: readonly Draft[], byDraft: Targets): Graph {
  const from = new Int32Array(edgesMax);
  const to = new Int32Array(edgesMax);
  let count = 0;
  byDraft.forEach((targets, i) => {
    const { firstItem, items } = drafts[i]!;
    for (const target of targets ?? []) {
      if (target === undefined) continue;
      for (let item = firstItem; item < firstItem + items; item++) {
        for (let need = target.firstItem; need < target.firstItem + target.items; need++) {
          from[count] = need;
          to[count++] = item;
        }
      }
    }
  });
  return buildGraph(size, { from, to, count });
}

/** The same needs, by position in the order. */
function renumbered(graph: Graph, order: Int32Array): Graph {
  if (order.every((n, i) => n === i)) return graph;
  const numberOf = new Int32Array(graph.size);
  order.forEach((n, i) => (numberOf[n] = i));
  const to = new Int32Array(graph.needs.length);
  for (let n = 0; n < graph.size; n++) to.fill(numberOf[n]!, graph.needsStart[n], graph.needsStart[n + 1]);
  return buildGraph(graph.size, { from: graph.needs.map((need) => numberOf[need]!), to, count: to.length });
}

/**
 * Cycles are looked for among tasks, not items: all items of a task have the same needs, so there is a cycle of items
 * exactly when there is one of tasks, and ids read better.
 */
export function noteCycles(findings: Findings, drafts: readonly Draft[], byDraft: Targets): string[][] {
  const pairs = byDraft.flatMap((targets, to) =>
    (targets ?? []).flatMap((target) => (target === undefined ? [] : [{ from: target.draft, to }])),
  );
  const graph = buildGraph(drafts.length, {
    from: Int32Array.from(pairs, (pair) => pair.from),
    to: Int32Array.from(pairs, (pair) => pair.to),
    count: pairs.length,
  });
  return cyclePaths(graph).map((path) => {
    const first = drafts[path[0]!]!;
    const needs = first.values.needs!;
    const i = byDraft[path[0]!]!.findIndex((target) => target?.draft === path[1]);
    const ids = path.map((n) => drafts[n]!.id);
    const fix = ids.length === 2 ? "remove the need on itself" : "remove one of these needs; each needs the next";
    findings.addAt(stepsOf(first, needs, i), "needs without a cycle", cycleText(ids), fix, targetOf(needs));
    return ids;
  });
}

const CYCLE_IDS_MAX = 24;

/** `a -> b -> c -> a`, the middle of a very long one left out. */
export function cycleText(ids: readonly string[]): string {
  if (ids.length <= CYCLE_IDS_MAX) return ids.join(" -> ");
  const half = CYCLE_IDS_MAX / 2;
  return [...ids.slice(0, half), `(${ids.length - 2 * half} more)`, ...ids.slice(-half)].join(" -> ");
}
