import { LIMITS } from "../../base/limits.ts";
import { cyclePaths } from "../../graph/cycle.ts";
import { buildGraph, type Graph } from "../../graph/graph.ts";
import { topologicalOrder } from "../../graph/order.ts";
import type { NeedText } from "./check-collection.ts";
import type { Checking } from "./checking.ts";
import type { Draft } from "./draft.ts";
import type { Findings, Step } from "./findings.ts";
import { combinationKeys } from "./matrix.ts";
import { quote } from "./names.ts";

/** The items a need means, in the numbering of the file: one task's, or one item of it. */
interface Target {
  readonly draft: number;
  readonly firstItem: number;
  readonly items: number;
}

/** A need with the items it means. */
export interface Link {
  readonly need: NeedText;
  readonly target: Target;
}

/** How the items of a plan hang together. */
export interface Links {
  /** Links of each draft, in the order in which it names its needs. */
  readonly byDraft: readonly (readonly Link[])[];
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
  const index = new NeedIndex(drafts);
  const seenFor = new Int32Array(size);
  const byDraft = drafts.map((draft, i) => linksOf(checking, index, draft, seenFor, i + 1));
  const edges = countEdges(drafts, byDraft);
  if (edges > LIMITS.needsMax) {
    findings.addAt(
      ["tasks"],
      `at most ${LIMITS.needsMax} needs, each item of a matrix counted`,
      `${edges}`,
      "put a task without a matrix between two large matrices",
    );
    return { paths: [] };
  }
  const graph = graphInFileOrder(size, edges, drafts, byDraft);
  const order = topologicalOrder(graph);
  if (order === undefined) return { paths: noteCycles(findings, drafts, byDraft) };
  return { links: { byDraft, order, graph: renumbered(graph, order) }, paths: [] };
}

/** Finds what a need names. Keys of matrix items are listed only when somebody asks for one. */
class NeedIndex {
  readonly #drafts: readonly Draft[];
  readonly #ids: ReadonlyMap<string, Target>;
  #keys: Map<string, Target> | undefined;

  constructor(drafts: readonly Draft[]) {
    this.#drafts = drafts;
    const ids = new Map<string, Target>();
    drafts.forEach(({ id, firstItem, items }, draft) => ids.set(id, { draft, firstItem, items }));
    this.#ids = ids;
  }

  find(name: string): Target | undefined {
    return this.#ids.get(name) ?? (name.includes("[") ? this.#itemKeys().get(name) : undefined);
  }

  /** Names that may have been meant. */
  names(asked: string): Iterable<string> {
    return asked.includes("[") ? [...this.#itemKeys().keys(), ...this.#ids.keys()] : this.#ids.keys();
  }

  #itemKeys(): Map<string, Target> {
    if (this.#keys !== undefined) return this.#keys;
    const keys = new Map<string, Target>();
    this.#drafts.forEach((draft, i) => {
      if (draft.values.matrix === undefined) return;
      combinationKeys(draft.id, draft.values.matrix).forEach((key, n) =>
        keys.set(key, { draft: i, firstItem: draft.firstItem + n, items: 1 }),
      );
    });
    return (this.#keys = keys);
  }
}

/** `seenFor` remembers, for each item, which draft has named it: `mark` stands for this one. */
function linksOf(checking: Checking, index: NeedIndex, draft: Draft, seenFor: Int32Array, mark: number): Link[] {
  const links: Link[] = [];
  for (const need of draft.values.needs ?? []) {
    const target = index.find(need.name);
    if (target === undefined) {
      unknownNeed(checking, index, draft, need);
      continue;
    }
    if (alreadyNamed(seenFor, target, mark)) {
      checking.findings.addAt(
        stepsOf(draft, need),
        "each need once",
        `${quote(need.name)} again`,
        "remove one of the two",
        targetOf(need),
      );
      continue;
    }
    links.push({ need, target });
  }
  return links;
}

function unknownNeed({ findings, suggester }: Checking, index: NeedIndex, draft: Draft, need: NeedText): void {
  const near = suggester.nearest(need.name, index.names(need.name));
  const fix = near === undefined ? "add a task with this id, or remove the need" : `did you mean \`${near}\`?`;
  findings.addAt(stepsOf(draft, need), "the id of a task of this plan", quote(need.name), fix, targetOf(need));
}

function alreadyNamed(seenFor: Int32Array, target: Target, mark: number): boolean {
  let named = false;
  for (let item = target.firstItem; item < target.firstItem + target.items; item++) {
    named ||= seenFor[item] === mark;
    seenFor[item] = mark;
  }
  return named;
}

function stepsOf(draft: Draft, need: NeedText): Step[] {
  return ["tasks", draft.id, "needs", need.step];
}

/** In the map form the name is the key. */
function targetOf(need: NeedText): "key" | "value" {
  return typeof need.step === "number" ? "value" : "key";
}

function countEdges(drafts: readonly Draft[], byDraft: readonly (readonly Link[])[]): number {
  return byDraft.reduce(
    (sum, links, i) => sum + drafts[i]!.items * links.reduce((items, link) => items + link.target.items, 0),
    0,
  );
}

function graphInFileOrder(
  size: number,
  count: number,
  drafts: readonly Draft[],
  byDraft: readonly (readonly Link[])[],
): Graph {
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  let at = 0;
  byDraft.forEach((links, i) => {
    const { firstItem, items } = drafts[i]!;
    for (const { target } of links) {
      for (let item = firstItem; item < firstItem + items; item++) {
        for (let need = target.firstItem; need < target.firstItem + target.items; need++) {
          from[at] = need;
          to[at++] = item;
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
function noteCycles(findings: Findings, drafts: readonly Draft[], byDraft: readonly (readonly Link[])[]): string[][] {
  const pairs = byDraft.flatMap((links, to) => links.map((link) => ({ from: link.target.draft, to })));
  const graph = buildGraph(drafts.length, {
    from: Int32Array.from(pairs, (pair) => pair.from),
    to: Int32Array.from(pairs, (pair) => pair.to),
    count: pairs.length,
  });
  return cyclePaths(graph).map((path) => {
    const [first, second] = path;
    const link = byDraft[first!]!.find(({ target }) => target.draft === second)!;
    const ids = path.map((n) => drafts[n]!.id);
    const fix = ids.length === 2 ? "remove the need on itself" : "remove one of these needs; each needs the next";
    findings.addAt(
      stepsOf(drafts[first!]!, link.need),
      "needs without a cycle",
      cycleText(ids),
      fix,
      targetOf(link.need),
    );
    return ids;
  });
}

const CYCLE_IDS_MAX = 24;

/** `a -> b -> c -> a`, the middle of a very long one left out. */
function cycleText(ids: readonly string[]): string {
  if (ids.length <= CYCLE_IDS_MAX) return ids.join(" -> ");
  const half = CYCLE_IDS_MAX / 2;
  return [...ids.slice(0, half), `(${ids.length - 2 * half} more)`, ...ids.slice(-half)].join(" -> ");
}
