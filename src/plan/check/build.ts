import type { JsonScalar } from "../../base/json.ts";
import { PORTS_DEFAULT } from "../worktree-fields.ts";
import type { Backoff, NeedCondition, Plan, Task } from "../plan.ts";
import type { BackoffValues, Draft, PlanSource, PlanValues, TaskValues } from "./draft.ts";
import type { Links } from "./link.ts";
import { makePlan } from "./make-plan.ts";
import { combinationKey, combinations, type Combination } from "./matrix.ts";

/** Makes the plan of checked values. Nothing can be wrong any more. */
export function buildPlan(values: PlanValues, drafts: readonly Draft[], links: Links, source: PlanSource): Plan {
  const inFileOrder: Task[] = [];
  const numberOf = new Int32Array(links.order.length);
  links.order.forEach((item, number) => (numberOf[item] = number));
  drafts.forEach((draft, i) => {
    const targets = links.byDraft[i];
    const edges = {
      conditions: conditionsOf(draft, targets, numberOf),
      when: whenOf(draft, targets, numberOf),
    };
    addTasksOf(inFileOrder, draft, values.defaults, edges);
  });
  return makePlan({
    name: values.name ?? source.name,
    liveItemsMax: values.liveItemsMax,
    prepareItemsMax: values.prepareItemsMax,
    schedule: values.schedule ?? "as-ready",
    onFailure: values.onFailure ?? "isolate",
    deadlineMs: values.deadline,
    pools: values.pools ?? Object.create(null),
    sharedFiles: values.sharedFiles ?? Object.freeze([]),
    pressure: pressureOf(values.pressure),
    worktrees: worktreesOf(values.worktrees),
    groups: groupsOf(values.groups, drafts, numberOf),
    tasks: inOrder(inFileOrder, links.order),
    graph: links.graph,
    file: source.file,
  });
}

/** The tasks as they are numbered, frozen. */
function inOrder(tasks: readonly Task[], order: Int32Array): Task[] {
  const ordered = tasks.slice();
  for (let number = 0; number < order.length; number++) ordered[number] = Object.freeze(tasks[order[number]!]!);
  return ordered;
}

/** Puts the tasks of a draft behind the others: one, or one for each combination of its matrix. */
export function addTasksOf(
  tasks: Task[],
  draft: Draft,
  defaults: TaskValues | undefined,
  edges: Pick<Task, "conditions" | "when">,
): void {
  const template = templateOf(draft, defaults, edges);
  const axes = draft.values.matrix;
  if (axes === undefined) tasks.push(template);
  else
    for (const combination of combinations(axes))
      tasks.push(itemOf(template, combinationKey(draft.id, axes, combination), combination));
}

function templateOf(
  { id, combination, values, condition }: Draft,
  defaults: TaskValues | undefined,
  edges: Pick<Task, "conditions" | "when">,
): Task {
  return {
    key: id,
    id: combination?.id ?? id,
    title: values.title,
    description: values.description,
    type: values.type,
    run: values.run,
    conditions: edges.conditions,
    when: edges.when,
    condition,
    join: values.join,
    allowFailure: values.allowFailure ?? false,
    group: values.group,
    matrix: combination?.values,
    attemptsMax: values.attemptsMax ?? defaults?.attemptsMax ?? 1,
    backoff: backoffOf(values.backoff, defaults?.backoff),
    timeoutMs: values.timeout ?? defaults?.timeout,
    deadlineMs: values.deadline ?? defaults?.deadline,
    priority: values.priority ?? defaults?.priority ?? 5,
    uses: values.uses,
    files: values.files,
    estimatedHours: values.estimatedHours,
    metadata: values.metadata,
    env: joined(defaults?.env, values.env),
    cwd: values.cwd ?? defaults?.cwd,
    worktree: values.worktree ?? false,
    prepare: values.prepare,
    verify: values.verify,
    undo: values.undo,
  };
}

function itemOf(template: Task, key: string, combination: Combination): Task {
  return { ...template, key, matrix: combination };
}

/** Conditions other than `done`, by number of the plan. */
function conditionsOf({ values }: Draft, targets: Links["byDraft"][number], numberOf: Int32Array): Task["conditions"] {
  const written = values.needs?.conditions;
  if (written === undefined || written.every((condition) => condition === "done")) return undefined;
  const conditions = new Map<number, NeedCondition>();
  targets?.forEach((target, i) => {
    const condition = written[i];
    if (target === undefined || condition === undefined || condition === "done") return;
    for (let item = target.firstItem; item < target.firstItem + target.items; item++)
      conditions.set(numberOf[item]!, condition);
  });
  return conditions;
}

/** What outputs must equal, by number of the plan. */
function whenOf({ values }: Draft, targets: Links["byDraft"][number], numberOf: Int32Array): Task["when"] {
  if (values.when === undefined) return undefined;
  const when = new Map<number, readonly JsonScalar[]>();
  values.needs!.names.forEach((name, i) => {
    const wanted = values.when!.get(name as string);
    const target = targets![i]!;
    if (wanted === undefined) return;
    for (let item = target.firstItem; item < target.firstItem + target.items; item++) when.set(numberOf[item]!, wanted);
  });
  return when;
}

function groupsOf(values: PlanValues["groups"], drafts: readonly Draft[], numberOf: Int32Array): Plan["groups"] {
  if (values === undefined) return [];
  const itemOfId = new Map(drafts.map(({ id, firstItem }) => [id, firstItem]));
  return Object.keys(values)
    .toSorted()
    .map((name) => {
      const { onError, race, group } = values[name]!;
      return Object.freeze({
        name,
        onError: onError ?? "failFast",
        race: race === undefined ? undefined : numberOf[itemOfId.get(race)!]!,
        group,
      });
    });
}

const BACKOFF_MAX_MS = 30_000;

function backoffOf(own: BackoffValues | undefined, shared: BackoffValues | undefined): Backoff | undefined {
  if (own === undefined && shared === undefined) return undefined;
  const initialMs = own?.initial ?? shared?.initial ?? 1_000;
  return Object.freeze({
    initialMs,
    factor: own?.factor ?? shared?.factor ?? 2,
    maxMs: Math.max(own?.max ?? shared?.max ?? BACKOFF_MAX_MS, initialMs),
    jitter: own?.jitter ?? shared?.jitter ?? true,
  });
}

/** Only what was written, so that the same plan has the same text. */
function pressureOf(values: PlanValues["pressure"]): Plan["pressure"] {
  if (values === undefined) return undefined;
  const { memory, handles, eventLoopDelay, loadPerProcessor, sample } = values;
  return Object.freeze({
    ...(memory !== undefined && { memory }),
    ...(handles !== undefined && { handles }),
    ...(eventLoopDelay !== undefined && { eventLoopDelayMs: eventLoopDelay }),
    ...(loadPerProcessor !== undefined && { loadPerProcessor }),
    ...(sample !== undefined && { sampleMs: sample }),
  });
}

/** In this order, whatever the file's is. */
function worktreesOf(values: PlanValues["worktrees"]): Plan["worktrees"] {
  if (values === undefined) return undefined;
  const { base, setup, setupTimeout, links, ports, hooks, keep } = values;
  const { first, last, count } = { ...PORTS_DEFAULT, ...ports };
  return Object.freeze({
    ...(base !== undefined && { base }),
    ...(setup !== undefined && { setup }),
    ...(setupTimeout !== undefined && { setupTimeoutMs: setupTimeout }),
    ...(links !== undefined && { links }),
    ...(ports !== undefined && { ports: { first, last, count } }),
    ...(hooks !== undefined && { hooks }),
    ...(keep !== undefined && { keep }),
  });
}

/** Both maps in one without a prototype; the second wins. */
function joined(first: Task["env"], second: Task["env"]): Task["env"] {
  if (first === undefined) return second;
  if (second === undefined) return first;
  const both: Record<string, string> = Object.create(null);
  for (const map of [first, second]) for (const key of Object.keys(map)) both[key] = map[key]!;
  return Object.freeze(both);
}
