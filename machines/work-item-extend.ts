/** A work item with states of an application's own. What it adds lives below the five states, which keep their rules. */
import {
  createMachine,
  type EventObject,
  type MetaObject,
  type ParameterizedObject,
  type ProvidedActor,
  type StateMachine,
  type StateNodeConfig,
  type StateSchema,
  type StateValue,
} from "xstate";
import {
  workItemContext,
  workItemMachine,
  workItemStates,
  type WorkItemContext,
  type WorkItemEvent,
  type WorkItemInput,
  type WorkItemState,
} from "./work-item.ts";

type Config<TContext extends object, TEvent extends EventObject> = StateNodeConfig<
  TContext,
  TEvent,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  string,
  unknown,
  EventObject,
  MetaObject
>;

/** What may be added to one of the five states. A state below it that answers an event with `{}` refuses that event. */
export type WorkItemStateExtension<TContext extends object, TEvent extends EventObject> = Pick<
  Config<TContext, TEvent>,
  "initial" | "states" | "on" | "entry" | "exit" | "onDone" | "always" | "tags" | "meta" | "description"
> & { readonly type?: "compound" | "parallel" };

/** A work item machine whose context and events are an application's. */
export type ExtendedWorkItemMachine<TContext extends object, TEvent extends EventObject> = StateMachine<
  WorkItemContext & TContext,
  WorkItemEvent | TEvent,
  Record<string, undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  StateValue,
  string,
  WorkItemInput,
  unknown,
  EventObject,
  MetaObject,
  StateSchema
>;

export interface WorkItemExtension<TContext extends object, TEvent extends EventObject> {
  /** Default `workItem`. */
  readonly id?: string;
  /** Fields beside those of the rules, as they are at first. */
  readonly context?: TContext;
  readonly states: {
    readonly [State in WorkItemState]?: WorkItemStateExtension<WorkItemContext & TContext, WorkItemEvent | TEvent>;
  };
}

/**
 * The work item machine with states, events and context of an application's own below its five states. The rules' own transitions
 * stay as they are; `checkWorkItemMachine` says whether what was added keeps their guarantees.
 * @throws TypeError when something of the rules would be replaced: a field of the context, or an event of one of the five states
 */
export function extendWorkItem<TEvent extends EventObject = never, TContext extends object = object>(
  own: WorkItemExtension<TContext, TEvent>,
): ExtendedWorkItemMachine<TContext, TEvent> {
  const rules = workItemMachine.config;
  const fields = Object.keys(workItemContext({ attemptsMax: 1 }));
  refuse("a field of the context", Object.keys(own.context ?? {}), fields);
  const states = workItemStates.map((state) => {
    const base = rules.states?.[state] ?? {};
    const added = own.states[state] ?? {};
    refuse(`an event of ${state}`, Object.keys(added.on ?? {}), Object.keys(base.on ?? {}));
    return [state, { ...added, ...base, on: { ...added.on, ...base.on } }] as const;
  });
  const config = {
    ...rules,
    id: own.id ?? workItemMachine.id,
    context: ({ input }: { input: WorkItemInput }) => ({ ...own.context, ...workItemContext(input) }),
    states: Object.fromEntries(states),
  };
  // The parts are typed one by one above; XState's type of the whole cannot be spelled for any context and event.
  const machine: unknown = createMachine(config as never).provide(workItemMachine.implementations as never);
  return machine as ExtendedWorkItemMachine<TContext, TEvent>;
}

function refuse(what: string, given: readonly string[], taken: readonly string[]): void {
  const name = given.find((each) => taken.includes(each));
  if (name === undefined) return;
  throw new TypeError(
    `expected ${what} that the rules do not have, got ${name}: add states below, and answer it there with {} to refuse it`,
  );
}
