/**
 * What the specification says of one item for those around it, as tables. One run is played for each row: `a` comes to what the row
 * says, and everything else goes well unless the row says otherwise.
 */
import {
  acceptedEvents,
  blockedItems,
  initialRunSpecState,
  isTerminal,
  stepRunSpec,
  type RunSpec,
  type RunSpecEvent,
  type RunSpecState,
  type SpecCondition,
  type SpecEdges,
} from "../../machines/index.ts";
import { engineStep } from "./spec-paths.ts";

/** The items of every row by number. `root` is done before the others start; `live` runs beside `a`, `queued` waits for a place. */
export const ITEMS = { root: 0, a: 1, live: 2, queued: 3, join: 4, firstDependent: 5 } as const;
export const DEPENDENTS: readonly SpecCondition[] = ["done", "settled", "failed", "passed", "missed"];

export interface Row {
  readonly what: string;
  /** What happens to `a` while `live` runs; nothing when it has come to something by itself. */
  readonly events: readonly RunSpecEvent[];
  readonly edges?: Partial<SpecEdges>;
  readonly attempts?: number;
  /** What the others of its group come to. */
  readonly others?: "fail";
}

const { root, a, live, queued, join, firstDependent } = ITEMS;
const needs = [[], [root], [root], [root], [a, live, queued], ...DEPENDENTS.map(() => [a])];
const size = needs.length;
const inGroup = (group: NonNullable<SpecEdges["groups"]>[number]): Partial<SpecEdges> => ({
  groups: [group],
  groupOf: Array.from({ length: size }, (_, item) => (item === a || item === live || item === queued ? 0 : undefined)),
});
const race = inGroup({ onError: "settleAll", race: join });
const fail: RunSpecEvent = { type: "fail", item: a, retryable: false };
const done: RunSpecEvent = { type: "complete", item: a };
const forItem = <T>(value: T, otherwise: T): T[] =>
  Array.from({ length: size }, (_, item) => (item === a ? value : otherwise));

/** The condition of what `a` needs; `live` and `queued` always need `root` done. */
function conditions(ofA: SpecCondition): SpecCondition[][] {
  return needs.map((list, item) =>
    item === a ? [ofA] : item < firstDependent ? list.map(() => "done" as const) : [DEPENDENTS[item - firstDependent]!],
  );
}

export const ROWS: readonly Row[] = [
  { what: "done", events: [done] },
  { what: "done, and then `live` fails for good", events: [done, { ...fail, item: live }] },
  { what: "failed, with an attempt left that does it", events: [{ ...fail, retryable: true }], attempts: 2 },
  { what: "failed for good", events: [fail] },
  { what: "out of time for good", events: [{ type: "timeout", item: a }] },
  { what: "failed for good, `allowFailure`", events: [fail], edges: { allowFailure: forItem(true, false) } },
  { what: "interrupted by a crash, then done", events: [{ type: "release", item: a }] },
  { what: "cancelled by a person", events: [{ type: "cancelItem", item: a }] },
  { what: "skipped", events: [], edges: { conditions: conditions("failed") } },
  { what: "the run is cancelled by a person", events: [{ type: "cancel" }] },
  { what: "failed for good, in a group `failFast`", events: [fail], edges: inGroup({ onError: "failFast" }) },
  { what: "failed for good, in a group `settleAll`", events: [fail], edges: inGroup({ onError: "settleAll" }) },
  { what: "done, in a race: it wins", events: [done], edges: race },
  { what: "live, in a race that `live` wins", events: [{ type: "complete", item: live }], edges: race },
  { what: "failed for good, in a race that `live` wins", events: [fail], edges: race },
  { what: "failed for good, in a race that all lose", events: [fail], edges: race, others: "fail" },
];

export function specOf({ edges, attempts = 1 }: Row, onFailure: RunSpec["onFailure"]): RunSpec {
  const isRace = edges?.groups?.[0]?.race !== undefined;
  return {
    needs: isRace ? needs : needs.with(join, []),
    liveItemsMax: 2,
    attemptsMax: attempts,
    onFailure,
    undo: needs.map((_, item) => item !== join),
    edges: {
      conditions: conditions("done").map((list, item) => (item === join && !isRace ? [] : list)),
      joins: Array.from({ length: size }, (_, item) => (item === join ? (isRace ? "any" : "all") : undefined)),
      ...edges,
    },
  };
}

/** Plays a row to its end. */
export function played(
  row: Row,
  spec: RunSpec,
): { readonly events: readonly RunSpecEvent[]; readonly end: RunSpecState } {
  const events: RunSpecEvent[] = [];
  let state = initialRunSpecState(spec);
  const take = (event: RunSpecEvent): void => {
    const next = stepRunSpec(spec, state, event);
    if (next === undefined) throw new Error(`${row.what}: ${JSON.stringify(event)} is refused`);
    state = next;
    events.push(event);
  };
  take({ type: "start" });
  take({ type: "claim", item: root });
  take({ type: "complete", item: root });
  if (state.items[a]!.status === "todo") take({ type: "claim", item: a });
  take({ type: "claim", item: live });
  row.events.forEach(take);
  while (!isTerminal(state)) take(next(row, spec, state));
  return { events, end: state };
}

/** Everything goes its way: what was stopped ends, what may start starts, what runs ends as the row says. */
function next({ others }: Row, spec: RunSpec, state: RunSpecState): RunSpecEvent {
  const accepted = acceptedEvents(spec, state);
  const first = (type: RunSpecEvent["type"]): RunSpecEvent | undefined => accepted.find((event) => event.type === type);
  const fails = (event: RunSpecEvent): boolean =>
    event.type === "fail" && !event.retryable && (event.item === live || event.item === queued);
  const ending = (others === "fail" ? accepted.find(fails) : undefined) ?? first("complete");
  return first("ended") ?? ending ?? first("undone") ?? first("claim") ?? engineStep(spec, state)!;
}

const WORDS = { done: "runs", failed: "fails", cancelled: "cancelled", todo: "never starts", claimed: "runs" } as const;

/** The cells of a row: the item itself, what needs it, those beside it, the run, the exit code. */
export function cellsOf(row: Row, spec: RunSpec, exitOf: (outcome: string) => number): string[] {
  const { end } = played(row, spec);
  const held = blockedItems(spec, end.items);
  const wordOf = (item: number): string => {
    const { status, skipped, undo } = end.items[item]!;
    if (skipped === true) return "skipped";
    if (undo === "undone") return "undone";
    return status === "todo" && held[item] ? "blocked" : WORDS[status];
  };
  const around = [...DEPENDENTS.map((_, i) => firstDependent + i), live, queued].map(wordOf);
  const unheld = played(row, withoutBlocked(spec)).end.run;
  const { status, skipped, undo } = end.items[a]!;
  const itself = undo ?? (skipped === true ? "skipped" : status);
  return [row.what, itself, ...around, ...[end.run, unheld].map((run) => `${run}, ${exitOf(run)}`)];
}

/** The same when nothing needs `a` in a way that a failure could hold. */
function withoutBlocked(spec: RunSpec): RunSpec {
  const settled = spec.edges!.conditions!.map((list, item) => (item < firstDependent ? list : ["settled" as const]));
  return { ...spec, edges: { ...spec.edges, conditions: settled } };
}

export function truthTable(onFailure: RunSpec["onFailure"], exitOf: (outcome: string) => number): string {
  const head = [
    "`a` is",
    "ends",
    ...DEPENDENTS.map((condition) => `needs \`a: ${condition}\``),
    "`live`",
    "`queued`",
    "run",
    "run when nothing is blocked",
  ];
  const rows = ROWS.map((row) => cellsOf(row, specOf(row, onFailure), exitOf));
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
