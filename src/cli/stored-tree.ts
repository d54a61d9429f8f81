/** The items of a stored run below their parents, for people and for programs. */
import type { ItemRow } from "../journal/journal.ts";
import type { Plan } from "../plan/plan.ts";
import { Hierarchy, type ItemChange } from "../state/hierarchy.ts";
import type { ScopeProgress } from "./scope-progress.ts";
import type { Output } from "./terminal/output.ts";
import { statusInWords } from "./view/stage.ts";
import { renderTree, type TreeItem } from "./view/tree.ts";

export interface TreeSource {
  readonly plan: Plan;
  readonly rows: ReadonlyMap<number, ItemRow>;
  readonly scope: ScopeProgress | undefined;
  readonly interrupted: boolean;
}

/** What a file gets, and a pipe. */
const COLUMNS_WITHOUT_TERMINAL = 160;
const LINES_MAX = 200;

/** As text. */
export function itemTree(output: Output, source: TreeSource, all: boolean): string {
  const { plan, rows, interrupted } = source;
  const { shape, whole, listed } = treesOf(source);
  return renderTree(
    {
      shape,
      whole,
      alone: listed.filter(({ number }) => shape.isAlone(number)).map(({ key }) => key),
      itemOf: (key) => treeItem(plan, plan.numberOf(key)!, rows, interrupted),
    },
    {
      columns: output.isTerminal ? output.size().columns : COLUMNS_WITHOUT_TERMINAL,
      color: output.color,
      linesMax: LINES_MAX,
      all,
    },
  );
}

/** Each parent with its figures, the parents and the items directly below it. */
export function treeOnWire(source: Omit<TreeSource, "interrupted">): object[] {
  const { shape, whole } = treesOf(source);
  const onWire = (id: string): object => {
    const { title, status, progress } = whole.get(id)!;
    const { parents, items } = shape.get(id)!;
    // At most as deep as an id has dots.
    return { id, ...(title !== undefined && { title }), status, progress, items, parents: parents.map(onWire) };
  };
  return shape.roots().map(({ id }) => onWire(id));
}

function treesOf({ plan, rows, scope }: Omit<TreeSource, "interrupted">) {
  const items = plan.tasks.map(({ key }, number): ItemChange => ({
    key,
    number,
    status: rows.get(number)?.status ?? "todo",
  }));
  const titleOf = (id: string): string | undefined => plan.taskOf(plan.numberOf(id) ?? -1)?.title;
  const whole = new Hierarchy(titleOf).take(items);
  if (scope === undefined) return { whole, shape: whole, listed: items };
  const listed = items.filter(({ number }) => scope.has(number));
  return { whole, shape: new Hierarchy().take(listed), listed };
}

function treeItem(plan: Plan, number: number, rows: ReadonlyMap<number, ItemRow>, interrupted: boolean): TreeItem {
  const row = rows.get(number);
  const status = row?.status ?? "todo";
  const why = row?.reason ?? row?.stageReason;
  const title = plan.taskOf(number)!.title;
  return {
    status,
    words: statusInWords(row, interrupted),
    text: why === undefined ? title : (why.message ?? why.code),
    matters: status === "failed" || status === "claimed",
  };
}
