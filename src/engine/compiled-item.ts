/**
 * The item machine without its interpreter. An interpreted transition costs ten times what the decision itself costs,
 * so the machine is read once into a table, and actors run on the table: real XState actors with real snapshots of the
 * real machine.
 *
 * K1 For every snapshot and event the outcome is that of the interpreted machine: value, context, status, the actions
 *    with their arguments and order, and what an inspector is told.
 * K2 What the table does not cover (XState's own events, snapshots of unknown shape, builtin actions other than
 *    `assign`) goes to the machine itself. A machine that cannot be read is returned as it is.
 * K3 Guards, assigns and the initial context are pure (law L1) and never spawn: they may be evaluated twice.
 */
import type { AnyActorScope, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { InternalError } from "../base/errors.ts";
import { readTransitionTable, type Candidate, type StateRow, type TransitionTable } from "./transition-table.ts";

/** XState's own events (`xstate.stop`, errors of children) begin with this. */
const INTERNAL_EVENTS = "xstate.";

// Shared by all snapshots, since XState copies them before it writes; frozen so that nothing can leak between items.
const NO_CHILDREN: AnyMachineSnapshot["children"] = Object.freeze({});
const NO_HISTORY: AnyMachineSnapshot["historyValue"] = Object.freeze({});
const NO_TRANSITIONS: readonly unknown[] = [];

const refuseSpawn = (): never => {
  throw new InternalError("expected an assign that spawns nothing, got a call of spawn: items are pure machines");
};

/**
 * Actor logic that behaves as `machine` does, several times faster. It inherits from the machine, so whatever is
 * not overridden here is the machine's own.
 */
export function compileItemLogic<TMachine extends AnyStateMachine>(machine: TMachine): TMachine {
  const table = readTransitionTable(machine);
  if (table === undefined) return machine;
  const transition = (snapshot: AnyMachineSnapshot, event: AnyEventObject, scope: AnyActorScope): AnyMachineSnapshot =>
    take(table, machine, snapshot, event, scope);
  // Own properties hide the machine's bound methods; everything else is inherited.
  return Object.create(machine, {
    transition: { value: transition },
    getInitialSnapshot: { value: initialSnapshots(table, machine) },
    restoreSnapshot: { value: restoredSnapshots(table, machine) },
    start: { value: startsChildren(machine) },
    provide: { value: (with_: Parameters<TMachine["provide"]>[0]) => compileItemLogic(machine.provide(with_)) },
  }) as TMachine;
}

/** Whether `logic` runs on a table; for tests and `doctor`. */
export function isCompiled(logic: AnyStateMachine): boolean {
  return Object.hasOwn(logic, "provide");
}

function take(
  table: TransitionTable,
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: AnyEventObject,
  scope: AnyActorScope,
): AnyMachineSnapshot {
  const row = rowOf(table, machine, snapshot);
  const candidates = row?.candidates.get(event.type);
  if (row === undefined || (candidates === undefined && isUncovered(row, event.type))) {
    return machine.transition(snapshot, event, scope);
  }
  let chosen: Candidate | undefined;
  try {
    chosen = candidates && firstThatMay(candidates, snapshot.context, event);
  } catch {
    // A guard threw: the machine evaluates it again and words the error (K3).
    return machine.transition(snapshot, event, scope);
  }
  const next = chosen === undefined ? snapshot : carryOut(chosen, snapshot, event, scope);
  tellInspectors(scope, event, next, chosen?.definitions ?? NO_TRANSITIONS);
  return next;
}

function tellInspectors(
  scope: AnyActorScope,
  event: AnyEventObject,
  snapshot: AnyMachineSnapshot,
  transitions: readonly unknown[],
): void {
  // Not in XState's types, though the interpreter tells inspectors by it; a version without it is told nothing.
  const system = scope.system as { readonly _sendInspectionEvent?: (event: object) => void };
  system._sendInspectionEvent?.({
    type: "@xstate.microstep",
    actorRef: scope.self,
    event,
    snapshot,
    _transitions: transitions,
  });
}

/** Stopped, failed and foreign snapshots have no row: they are the machine's business (K2). */
function rowOf(table: TransitionTable, machine: AnyStateMachine, snapshot: AnyMachineSnapshot): StateRow | undefined {
  const row = snapshot.machine === machine ? table.rows.get(snapshot.value) : undefined;
  return row?.template.status === snapshot.status ? row : undefined;
}

function isUncovered(row: StateRow, eventType: string): boolean {
  return row.candidates.has(eventType) || eventType.startsWith(INTERNAL_EVENTS);
}

function firstThatMay(candidates: readonly Candidate[], context: object, event: AnyEventObject): Candidate | undefined {
  for (const candidate of candidates) {
    if (candidate.guard === undefined || candidate.guard({ context, event }, candidate.guardParams)) return candidate;
  }
  return undefined;
}

function carryOut(
  { steps, target }: Candidate,
  snapshot: AnyMachineSnapshot,
  event: AnyEventObject,
  scope: AnyActorScope,
): AnyMachineSnapshot {
  let context: object = snapshot.context;
  for (const step of steps) {
    if (step.kind === "assign") {
      const args = { context, event, self: scope.self, system: scope.system, spawn: refuseSpawn };
      context = { ...context, ...(step.assign(args, step.params) as object) };
    } else {
      // The scope decides whether this runs now or is kept for later, as it does for the interpreter.
      const info = { context, event, self: scope.self, system: scope.system };
      scope.actionExecutor({ type: step.type, info, params: step.params, exec: step.run as never });
    }
  }
  if (target !== undefined) return snapshotIn(target.template, context, snapshot.children, snapshot.historyValue);
  if (context === snapshot.context) return snapshot;
  return snapshotIn(snapshot, context, snapshot.children, snapshot.historyValue);
}

/** Written out field by field because this is the hot path; the table checked that these are all the fields. */
function snapshotIn(
  like: AnyMachineSnapshot,
  context: object,
  children: AnyMachineSnapshot["children"],
  historyValue: AnyMachineSnapshot["historyValue"],
): AnyMachineSnapshot {
  const fields = {
    status: like.status,
    output: like.output,
    error: like.error,
    machine: like.machine,
    context,
    _nodes: like._nodes,
    value: like.value,
    tags: like.tags,
    children,
    historyValue,
    matches: like.matches,
    hasTag: like.hasTag,
    can: like.can,
    getMeta: like.getMeta,
    toJSON: like.toJSON,
  };
  // A union of the statuses, which TypeScript cannot see in fields copied one by one.
  return fields as AnyMachineSnapshot;
}

type InitialSnapshots = AnyStateMachine["getInitialSnapshot"];

function initialSnapshots({ initial }: TransitionTable, machine: AnyStateMachine): InitialSnapshots {
  const { context: source } = machine.config;
  if (initial === undefined) return (scope, input) => machine.getInitialSnapshot(scope, input);
  const { template } = initial;
  return (scope, input) => {
    try {
      const context =
        typeof source === "function" ? { ...source({ spawn: refuseSpawn, input, self: scope.self }) } : source;
      return snapshotIn(template, context ?? {}, NO_CHILDREN, NO_HISTORY);
    } catch {
      // The machine makes a snapshot with status `error` of it (K3).
      return machine.getInitialSnapshot(scope, input);
    }
  };
}

type RestoredSnapshots = AnyStateMachine["restoreSnapshot"];

function restoredSnapshots({ rows }: TransitionTable, machine: AnyStateMachine): RestoredSnapshots {
  return (persisted, scope) => {
    const row = rows.get((persisted as AnyMachineSnapshot).value);
    if (row === undefined || !isPlainRow(persisted as AnyMachineSnapshot, row))
      return machine.restoreSnapshot(persisted, scope);
    return snapshotIn(row.template, (persisted as AnyMachineSnapshot).context, NO_CHILDREN, NO_HISTORY);
  };
}

/** The machine starts the children of a restored snapshot; one without is looked at for nothing. */
function startsChildren(machine: AnyStateMachine): AnyStateMachine["start"] {
  return (snapshot) => {
    if (snapshot.children !== NO_CHILDREN) machine.start(snapshot);
  };
}

/** Nothing in it to bring back to life: no children, no history, and no references to actors within the context. */
function isPlainRow(persisted: AnyMachineSnapshot, row: StateRow): boolean {
  if (persisted.status !== row.template.status || persisted.output !== undefined || persisted.error !== undefined)
    return false;
  return isEmpty(persisted.children) && isEmpty(persisted.historyValue) && isShallow(persisted.context);
}

function isEmpty(record: object | undefined): boolean {
  for (const _key in record) return false;
  return record !== undefined;
}

function isShallow(context: Readonly<Record<string, unknown>>): boolean {
  for (const key in context) {
    if (typeof context[key] === "object" && context[key] !== null) return false;
  }
  return true;
}
