/**
 * Whether a machine that was made from the work item machine still keeps its guarantees. It is explored side by side with the rules:
 * every event of the rules, with tokens in force and out of date, and every event of its own, in every state that can be reached. At
 * each step it must do as the rules do, or refuse.
 */
import {
  initialTransition,
  transition,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
} from "xstate";
import {
  workItemContext,
  workItemMachine,
  workItemStates,
  type WorkItemEvent,
  type WorkItemInput,
  type WorkItemSnapshot,
  type WorkItemState,
} from "./work-item.ts";

/** What can break, by name. */
export const WORK_ITEM_GUARANTEES = {
  exclusive_claim: "only an item that nobody holds is claimed, with a greater token than every one before (I1)",
  stale_token: "a report whose token is not in force changes nothing (I2)",
  edges: "an item moves between todo, claimed, done, failed and cancelled only as the rules say (I3)",
  bookkeeping: "holder, token, lease and attempts are what the rules make of them",
  effects: "attempts and leases begin and end exactly where the rules say",
  always_ends: "an ended lease, a timeout and a cancel are never refused",
  pure: "the machine is a function of state and event: no clock, no actors of its own",
} as const;
export type WorkItemGuarantee = keyof typeof WORK_ITEM_GUARANTEES;

export interface BrokenGuarantee {
  readonly guarantee: WorkItemGuarantee;
  /** What was expected and what happened, in words. */
  readonly message: string;
  /** The shortest way there: the events since the beginning, the last one is what breaks it. */
  readonly path: readonly EventObject[];
}

export interface WorkItemCheck {
  readonly ok: boolean;
  /** The first of each guarantee and event. */
  readonly broken: readonly BrokenGuarantee[];
  readonly states: number;
  readonly transitions: number;
  /** `false` when there are more states than were looked at. */
  readonly complete: boolean;
}

export interface WorkItemCheckOptions {
  /** Events of the application's own, each with a payload that it may have. Default: those that the machine names, without payload. */
  readonly events?: readonly AnyEventObject[];
  /** Default: 2 attempts. */
  readonly input?: WorkItemInput;
  /** How often an item is claimed on one way at most. Default 3. */
  readonly claimsMax?: number;
  /** Default 20,000. */
  readonly statesMax?: number;
  /** Which of the five states a state stands for. Default: the outermost one that it is in. */
  readonly statusOf?: (snapshot: AnyMachineSnapshot) => WorkItemState | undefined;
}

const EFFECTS: ReadonlySet<string> = new Set(["startAttempt", "abortAttempt", "armLease", "disarmLease"]);
/** Whoever waits for one of these would wait for ever if it were refused. */
const NEVER_REFUSED: ReadonlySet<string> = new Set(["expire", "timeout", "cancel"]);
const RULE_EVENTS: ReadonlySet<string> = new Set([
  "claim",
  "heartbeat",
  "complete",
  "fail",
  "release",
  "expire",
  "timeout",
  "requeue",
  "cancel",
]);
const FIELDS = Object.keys(workItemContext({ attemptsMax: 1 }));

/** Explores `machine` beside the rules and says what of the guarantees does not hold, each with the shortest way to it. */
export function checkWorkItemMachine(machine: AnyStateMachine, options: WorkItemCheckOptions = {}): WorkItemCheck {
  const { claimsMax = 3, statesMax = 20_000, statusOf = outermost, input = { attemptsMax: 2 } } = options;
  const events =
    options.events ?? machine.events.filter((type) => !isKnown(type)).map((type) => ({ type: String(type) }));
  const findings = new Findings(machine);
  const [first] = initialTransition(machine, input);
  const [rules] = initialTransition(workItemMachine, input);
  const begin: Step = { snapshot: first, rules, path: [] };
  const todo = [begin];
  const seen = new Set([keyOf(begin)]);
  let transitions = 0;
  for (const step of todo) {
    for (const event of [...ruleEvents(step.rules, claimsMax), ...events]) {
      transitions++;
      const next = judged(findings, machine, step, event, statusOf);
      if (next === undefined) continue;
      const key = keyOf(next);
      if (seen.has(key) || seen.size >= statesMax) continue;
      seen.add(key);
      todo.push(next);
    }
  }
  const { broken } = findings;
  return { ok: broken.length === 0, broken, states: seen.size, transitions, complete: seen.size < statesMax };
}

interface Step {
  readonly snapshot: AnyMachineSnapshot;
  /** Where an item is that only knows the rules. */
  readonly rules: WorkItemSnapshot;
  readonly path: readonly EventObject[];
}

class Findings {
  readonly broken: BrokenGuarantee[] = [];
  readonly #known = new Set<string>();

  constructor(machine: AnyStateMachine) {
    for (const node of machine.root.definition === undefined ? [] : nodesOf(machine.root)) {
      if (node.invoke.length > 0 || node.after.length > 0)
        this.add(
          "pure",
          `expected no invoke and no after, got one in ${node.path.join(".")}; let the host send the event`,
          [],
        );
    }
  }

  add(guarantee: WorkItemGuarantee, message: string, path: readonly EventObject[]): undefined {
    const key = `${guarantee} ${path.at(-1)?.type ?? message}`;
    if (this.#known.has(key)) return undefined;
    this.#known.add(key);
    this.broken.push({ guarantee, message, path });
    return undefined;
  }
}

type Node = AnyStateMachine["root"];

function nodesOf(node: Node): Node[] {
  return [node, ...Object.values<Node>(node.states).flatMap(nodesOf)];
}

/** One event on both; what comes out when the guarantees hold, `undefined` when one does not. */
function judged(
  findings: Findings,
  machine: AnyStateMachine,
  { snapshot, rules, path }: Step,
  event: EventObject,
  statusOf: NonNullable<WorkItemCheckOptions["statusOf"]>,
): Step | undefined {
  const way = [...path, event];
  const outcome = tried(machine, snapshot, event);
  if ("error" in outcome)
    return findings.add("pure", `expected ${event.type} to be taken or refused, got an error: ${outcome.error}`, way);
  const { next, effects } = outcome;
  const status = statusOf(next);
  if (status === undefined)
    return findings.add(
      "edges",
      `expected one of ${workItemStates.join(", ")}, got ${valueOf(next)}; put own states below one of them`,
      way,
    );
  const isRefused = status === rules.value && effects.length === 0 && sameFacts(next, rules);
  const [ruled, ruledEffects] = RULE_EVENTS.has(event.type)
    ? transition(workItemMachine, rules, event as WorkItemEvent)
    : [rules, []];
  const isRuled = ruled !== rules;
  const here = `${event.type} in ${valueOf(snapshot)}`;
  if (!isRuled) {
    const isQuiet = isRefused && (!RULE_EVENTS.has(event.type) || isSame(next, snapshot));
    if (isQuiet) return { snapshot: next, rules, path: way };
    const got = status === rules.value ? "it changed something of the item" : `it led to ${status}`;
    return findings.add(brokenBy(event), `${here}: expected ${expectedOf(event)}, got that ${got}`, way);
  }
  const expected = ruledEffects.map(({ type }) => type).filter((type) => EFFECTS.has(type));
  const isAsRuled = status === ruled.value && sameFacts(next, ruled);
  if (isAsRuled && effects.join() === expected.join()) return { snapshot: next, rules: ruled, path: way };
  if (isRefused && !NEVER_REFUSED.has(event.type)) return { snapshot: next, rules, path: way };
  if (isRefused)
    return findings.add("always_ends", `${here}: expected that it leads to ${ruled.value}, got a refusal`, way);
  if (status !== ruled.value)
    return findings.add("edges", `${here}: expected that it leads to ${ruled.value}, got ${status}`, way);
  if (!sameFacts(next, ruled)) {
    const facts = FIELDS.filter((field) => textOf(next.context[field]) !== textOf(ruled.context[field as never]));
    return findings.add(
      "bookkeeping",
      `${here}: expected ${facts.join(", ")} as the rules leave them, got others`,
      way,
    );
  }
  const list = (names: readonly string[]): string => names.join(", ") || "none";
  return findings.add("effects", `${here}: expected the effects ${list(expected)}, got ${list(effects)}`, way);
}

function tried(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: EventObject,
): { readonly next: AnyMachineSnapshot; readonly effects: readonly string[] } | { readonly error: string } {
  try {
    const [next, actions] = transition(machine, snapshot, event) as [AnyMachineSnapshot, readonly { type: string }[]];
    if (next.status === "error") return { error: String(next.error) };
    return { next, effects: actions.map(({ type }) => type).filter((type) => EFFECTS.has(type)) };
  } catch (error) {
    return { error: String(error) };
  }
}

function brokenBy({ type }: EventObject): WorkItemGuarantee {
  if (type === "claim") return "exclusive_claim";
  return RULE_EVENTS.has(type) && type !== "requeue" && type !== "cancel" ? "stale_token" : "edges";
}

function expectedOf({ type }: EventObject): string {
  return RULE_EVENTS.has(type)
    ? "that it changes nothing"
    : "that an event of its own leaves the item's state and claim as they are";
}

/** What may happen to an item as the rules know it: with the token in force, with older ones, with one that was never given. */
function ruleEvents({ context }: WorkItemSnapshot, claimsMax: number): WorkItemEvent[] {
  const { lastToken } = context;
  const tokens = [...new Set([0, lastToken - 1, lastToken, lastToken + 7])].filter((token) => token >= 0);
  const next = lastToken + 1;
  const claims: WorkItemEvent[] = [
    { type: "claim", holder: "late", token: lastToken },
    ...(lastToken < claimsMax
      ? ([
          { type: "claim", holder: "ada", token: next },
          { type: "claim", holder: "bob", token: next, leaseMs: 1000 },
        ] as const)
      : []),
  ];
  const reason = { code: "check" };
  return [
    ...claims,
    ...tokens.flatMap((token): WorkItemEvent[] => [
      { type: "heartbeat", token },
      { type: "heartbeat", token, leaseMs: 2000 },
      { type: "complete", token },
      { type: "fail", token, reason, retryable: true },
      { type: "fail", token, reason, retryable: false },
      { type: "release", token },
      { type: "expire", token },
      { type: "timeout", token },
    ]),
    { type: "requeue" },
    { type: "requeue", reset: true },
    { type: "cancel", reason },
  ];
}

function isKnown(type: unknown): boolean {
  return RULE_EVENTS.has(String(type)) || String(type).startsWith("xstate.");
}

function outermost({ value }: AnyMachineSnapshot): WorkItemState | undefined {
  const keys = typeof value === "string" ? [value] : Object.keys(value);
  return keys.length === 1 ? workItemStates.find((state) => state === keys[0]) : undefined;
}

function sameFacts(snapshot: AnyMachineSnapshot, rules: WorkItemSnapshot): boolean {
  return FIELDS.every((field) => textOf(snapshot.context[field]) === textOf(rules.context[field as never]));
}

function isSame(a: AnyMachineSnapshot, b: AnyMachineSnapshot): boolean {
  return a === b || (valueOf(a) === valueOf(b) && textOf(a.context) === textOf(b.context));
}

function keyOf({ snapshot, rules }: Step): string {
  return `${valueOf(snapshot)} ${textOf(snapshot.context)} ${rules.value}`;
}

function valueOf({ value }: AnyMachineSnapshot): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? "undefined";
}
