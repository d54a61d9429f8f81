/**
 * What a plan asks beyond plain needs: conditions, joins, `when`, groups. A run of a plan that asks for none of it has none of
 * this, and takes the short way through `blocking.ts`.
 *
 * B1 It is a function of the rows and the plan: a new process makes it again from them (`moved` for each row), and what was still
 *    to follow from them follows then.
 */
import type { Reason } from "../items/reason.ts";
import { isSkipped } from "../items/skip.ts";
import type { ItemRow } from "../journal/journal.ts";
import { demandsOf } from "../plan/demands.ts";
import type { Plan } from "../plan/plan.ts";
import type { Need } from "../scheduler/edge.ts";
import type { EdgeFacts } from "../scheduler/edge-states.ts";
import { Edges, type EdgeRules } from "../scheduler/edges.ts";
import { Groups } from "./groups.ts";

/** A member of a group that is to be cancelled, unless it has ended meanwhile. */
export interface ToCancel {
  readonly item: number;
  readonly reason: Reason;
}

export class Conditions {
  readonly edges: Edges;
  readonly groups: Groups | undefined;
  readonly #toCancel: ToCancel[] = [];
  #cancelled = 0;

  constructor(plan: Plan) {
    this.edges = new Edges(plan.graph, rulesOf(plan));
    this.groups = plan.groups.length === 0 ? undefined : new Groups(plan);
  }

  /** Something is still to follow from what has happened. */
  get pending(): boolean {
    return this.#toCancel.length > 0 || this.edges.pending || this.groups?.pending === true;
  }

  /** Takes what an item has come to. */
  moved(item: number, to: Need): void {
    const from = this.edges.needOf(item);
    if (from === to) return;
    this.edges.set(item, to);
    this.groups?.moved(item, from, to);
  }

  /** Notes members that are to be cancelled; a run cancels so many in one batch, the others in the next. */
  cancelSoon(items: readonly number[], reason: Reason): void {
    for (const item of items) this.#toCancel.push({ item, reason });
  }

  nextToCancel(): ToCancel | undefined {
    const next = this.#toCancel[this.#cancelled++];
    if (next !== undefined) return next;
    this.#toCancel.length = 0;
    this.#cancelled = 0;
    return undefined;
  }
}

/** `undefined` for a plan of plain needs. */
export function edgeRulesOf(plan: Plan): EdgeRules | undefined {
  return hasEdgeRules(plan) ? rulesOf(plan) : undefined;
}

export function hasEdgeRules({ tasks, groups }: Pick<Plan, "tasks" | "groups">): boolean {
  return demandsOf(tasks).conditions || groups.length > 0;
}

function rulesOf({ taskOf }: Plan): EdgeRules {
  return {
    conditionOf: (item, need) => taskOf(item)!.conditions?.get(need) ?? "done",
    joinOf: (item) => taskOf(item)!.join,
    hasWhen: (item) => taskOf(item)!.when !== undefined,
  };
}

/** What explanations have to know of the edges of a run; `undefined` for a plan of plain needs. */
export function edgeFactsOf(plan: Plan, reasonOf: EdgeFacts["reasonOf"]): EdgeFacts | undefined {
  const rules = edgeRulesOf(plan);
  return rules && { rules, reasonOf };
}

/**
 * What a run of this plan has to look after; `undefined` for a plan of plain needs. One that was edited to be plain may have
 * items that were skipped, which plain needs know nothing of.
 */
export function conditionsOf(
  plan: Plan,
  rows: readonly Pick<ItemRow, "status" | "reason">[] = [],
): Conditions | undefined {
  const asksForMore = edgeRulesOf(plan) !== undefined || rows.some(({ status, reason }) => isSkipped(status, reason));
  return asksForMore ? new Conditions(plan) : undefined;
}
