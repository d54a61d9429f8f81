/** Looks up the needs of tasks that are put into a plan which is there already, or that are written anew in it. */
import { LIMITS } from "../../base/limits.ts";
import type { Plan, Task } from "../plan.ts";
import type { Checking } from "./checking.ts";
import type { Draft } from "./draft.ts";
import { stepsOf, targetOf, targetsByKey, type Target, type Targets } from "./link.ts";
import { quote } from "./names.ts";

/** What the items of one draft need. Items of the plan have their numbers, those of the drafts follow in the order of the drafts. */
export interface MoreNeeds extends Pick<Task, "conditions" | "when"> {
  /** Ascending, without duplicates. */
  readonly needs: readonly number[];
}

export class MoreLinker {
  readonly #checking: Checking;
  readonly #plan: Plan;
  readonly #drafts: readonly Draft[];
  readonly #ids = new Map<string, Draft>();
  #keys: ReadonlyMap<string, Target> | undefined;
  #edges: number;

  /** @param drafts tasks that are new: each may be needed by the others */
  constructor(checking: Checking, plan: Plan, drafts: readonly Draft[]) {
    this.#checking = checking;
    this.#plan = plan;
    this.#drafts = drafts;
    this.#edges = plan.graph.needs.length;
    for (const draft of drafts) this.#ids.set(draft.id, draft);
  }

  /** What is wrong is noted and left out. */
  needsOf(draft: Draft): MoreNeeds {
    const { needs, when } = draft.values;
    const numbers = new Set<number>();
    const conditions = new Map<
      number,
      NonNullable<MoreNeeds["conditions"]> extends ReadonlyMap<number, infer C> ? C : never
    >();
    const values = new Map<number, readonly (string | number | boolean | null)[]>();
    needs?.names.forEach((name, i) => {
      const condition = needs.conditions?.[i];
      for (const item of this.#itemsOf(draft, i, numbers)) {
        numbers.add(item);
        if (condition !== undefined && condition !== "done") conditions.set(item, condition);
        const wanted = when?.get(name as string);
        if (wanted !== undefined) values.set(item, wanted);
      }
    });
    return {
      needs: [...numbers].sort((a, b) => a - b),
      conditions: conditions.size === 0 ? undefined : conditions,
      when: values.size === 0 ? undefined : values,
    };
  }

  /** Which of the drafts each need of a draft names, for the search of cycles among them. */
  targetsAmongDrafts(): Targets {
    return this.#drafts.map(({ values }) => values.needs?.names.map((name) => this.#newTarget(name)));
  }

  /** Whether more needs would be in the plan than may be. */
  get tooMany(): boolean {
    return this.#edges > LIMITS.needsMax;
  }

  #itemsOf(draft: Draft, i: number, named: ReadonlySet<number>): readonly number[] {
    const needs = draft.values.needs!;
    const name = needs.names[i];
    if (typeof name !== "string" || this.tooMany) return [];
    const target = this.#newTarget(name);
    const items = target === undefined ? this.#itemsOfPlan(name) : rangeOf(target, this.#plan.graph.size);
    this.#edges += draft.items * items.length;
    const { findings } = this.#checking;
    if (items.length === 0) this.#unknown(draft, i, name);
    else if (items.some((item) => named.has(item)))
      findings.addAt(
        stepsOf(draft, needs, i),
        "each need once",
        `${quote(name)} again`,
        "remove one of the two",
        targetOf(needs),
      );
    return items;
  }

  #newTarget(name: unknown): Target | undefined {
    if (typeof name !== "string") return undefined;
    return this.#ids.get(name) ?? (name.includes("[") ? this.#newKeys().get(name) : undefined);
  }

  #itemsOfPlan(name: string): readonly number[] {
    const number = this.#plan.numberOf(name);
    return number === undefined ? itemsOfMatrix(this.#plan, name) : [number];
  }

  #unknown(draft: Draft, i: number, name: string): void {
    const { findings, suggester } = this.#checking;
    if (findings.countOnly()) return;
    const needs = draft.values.needs!;
    const near = suggester.nearest(name, this.#names(name.includes("[")));
    const fix = near === undefined ? "add a task with this id, or remove the need" : `did you mean \`${near}\`?`;
    findings.addAt(stepsOf(draft, needs, i), "the id of a task of this plan", quote(name), fix, targetOf(needs));
  }

  *#names(withKeys: boolean): Generator<string> {
    yield* this.#ids.keys();
    if (withKeys) yield* this.#newKeys().keys();
    for (const { id, key } of this.#plan.tasks) {
      yield id;
      if (withKeys) yield key;
    }
  }

  #newKeys(): ReadonlyMap<string, Target> {
    return (this.#keys ??= targetsByKey(this.#drafts));
  }
}

/** Numbers of the items that share this id; none when it is no matrix. */
function itemsOfMatrix({ tasks }: Plan, id: string): number[] {
  const items: number[] = [];
  for (let n = 0; n < tasks.length; n++) if (tasks[n]!.id === id) items.push(n);
  return items;
}

function rangeOf({ firstItem, items }: Target, size: number): number[] {
  return Array.from({ length: items }, (_, n) => size + firstItem + n);
}
