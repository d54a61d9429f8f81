/**
 * The groups of a plan: which members have to be cancelled because one of them failed, or won.
 *
 * K1 `#open` counts for each group the members, those of inner groups included, that have come to nothing yet.
 * K2 A failure goes outwards: through groups that fail fast at once, out of one that settles all when nothing of it is open.
 *    A group whose race was won has not failed.
 * K3 A failure inside a race is nobody's outside until the race is lost, and forgiven when it is won.
 */
import { NEED, type Need } from "../scheduler/edge.ts";
import type { Plan } from "../plan/plan.ts";

/** Members of `group` that have not ended are to be cancelled, because of what `by` came to. */
export interface GroupEnd {
  readonly group: number;
  readonly by: number;
  readonly kind: "failed" | "won";
}

/** What is held may come to something yet. */
const isOpen = (need: Need): boolean => need === NEED.open || need === NEED.held;

export class Groups {
  readonly #plan: Plan;
  /** By item; -1 for none. */
  readonly #groupOf: Int32Array;
  /** By group; -1 for none. */
  readonly #around: Int32Array;
  readonly #members: readonly number[][];
  readonly #inner: readonly number[][];
  /** Groups by the number of the join that ends their race. */
  readonly #racesOf = new Map<number, number[]>();
  readonly #open: Int32Array;
  /** Groups that settle all, each with the failures that it has not handed on. */
  readonly #waiting = new Map<number, Set<number>>();
  readonly #ends: GroupEnd[] = [];
  /** Failures of which the groups have not heard yet: whether a race is won is known when every row has been read. */
  readonly #news = new Set<number>();
  /** Failures that have left their outermost group. */
  readonly #left = new Set<number>();
  /** By group: 1 when its race was won. */
  readonly #won: Uint8Array;

  constructor(plan: Plan) {
    this.#plan = plan;
    const { groups, tasks } = plan;
    const numberOf = new Map(groups.map(({ name }, number) => [name, number]));
    const find = (name: string | undefined): number => (name === undefined ? -1 : numberOf.get(name)!);
    this.#groupOf = Int32Array.from(tasks, ({ group }) => find(group));
    this.#around = Int32Array.from(groups, ({ group }) => find(group));
    this.#members = groups.map(() => []);
    this.#inner = groups.map(() => []);
    this.#open = new Int32Array(groups.length);
    this.#won = new Uint8Array(groups.length);
    this.#groupOf.forEach((group, item) => {
      if (group >= 0) this.#members[group]!.push(item);
      for (let at = group; at >= 0; at = this.#around[at]!) this.#open[at]!++;
    });
    groups.forEach(({ race }, group) => {
      if (this.#around[group]! >= 0) this.#inner[this.#around[group]!]!.push(group);
      if (race !== undefined) this.#racesOf.set(race, [...(this.#racesOf.get(race) ?? []), group]);
    });
  }

  /** Takes what an item has come to, and what it was before. */
  moved(item: number, from: Need, to: Need): void {
    const group = this.#groupOf[item]!;
    const change = Number(isOpen(to)) - Number(isOpen(from));
    if (change !== 0) for (let at = group; at >= 0; at = this.#around[at]!) this.#open[at]! += change;
    if (from === NEED.failed) this.#forget(item);
    if (to === NEED.failed && group >= 0 && !this.#plan.taskOf(item)!.allowFailure) this.#news.add(item);
    if (to !== NEED.done) return;
    for (const race of this.#racesOf.get(item) ?? []) {
      this.#won[race] = 1;
      this.#ends.push({ group: race, by: item, kind: "won" });
    }
  }

  /** Whether something is left to do about groups. */
  get pending(): boolean {
    return this.#ends.length + this.#news.size + this.#left.size > 0 || this.#through() !== undefined;
  }

  /** A group whose members are to be cancelled. */
  nextEnd(): GroupEnd | undefined {
    for (const item of this.#news) this.#fail(this.#groupOf[item]!, item);
    this.#news.clear();
    return this.#ends.shift();
  }

  /** A failure that no group keeps any more: it is the run's. Ask when no group hands anything on. */
  nextLeft(): number | undefined {
    for (const item of this.#left) {
      this.#left.delete(item);
      if (!this.forgives(item)) return item;
    }
    return undefined;
  }

  /** Whether the item is a member: then its failure is the run's when it has left the outermost group (`nextLeft`). */
  has(item: number): boolean {
    return this.#groupOf[item]! >= 0;
  }

  /** Whether a race around the item was won without it (K3). */
  forgives(item: number): boolean {
    for (let at = this.#groupOf[item]!; at >= 0; at = this.#around[at]!) if (this.#won[at] === 1) return true;
    return false;
  }

  /** Lets one group that has a failure and nothing open hand it on; `false` when there is none. Ask when nothing is to be judged. */
  handOn(): boolean {
    const group = this.#through();
    if (group === undefined) return false;
    // Empty when everything that had failed was tried again.
    const [by] = this.#waiting.get(group)!;
    this.#waiting.delete(group);
    if (by !== undefined && this.#won[group] === 0) this.#fail(this.#around[group]!, by);
    return true;
  }

  /** Members of the group and of the groups inside it. */
  membersOf(group: number): number[] {
    const members: number[] = [];
    const open = [group];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const item of this.#members[at]!) members.push(item);
      open.push(...this.#inner[at]!);
    }
    return members.sort((a, b) => a - b);
  }

  #through(): number | undefined {
    for (const group of this.#waiting.keys()) if (this.#open[group] === 0) return group;
    return undefined;
  }

  #forget(item: number): void {
    this.#news.delete(item);
    this.#left.delete(item);
    for (const failures of this.#waiting.values()) failures.delete(item);
  }

  #fail(group: number, by: number): void {
    let outermost = -1;
    let at = group;
    for (; at >= 0 && this.#won[at] === 0; at = this.#around[at]!) {
      if (this.#plan.groups[at]!.onError === "settleAll") {
        this.#waiting.set(at, (this.#waiting.get(at) ?? new Set()).add(by));
        break;
      }
      outermost = at;
    }
    if (at < 0) this.#left.add(by);
    if (outermost >= 0) this.#ends.push({ group: outermost, by, kind: "failed" });
  }
}
