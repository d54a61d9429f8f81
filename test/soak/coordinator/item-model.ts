/** One work item as its users may rely on it, without time: what `docs/reference/http.md` says of claims, reports and commands. */
import type { Model, Operation } from "../linear/check.ts";

/** What was asked of one item. */
export type ItemInput =
  | { readonly op: "create"; readonly attemptsMax: number }
  | { readonly op: "claim" | "requeue" | "cancel" | "read" }
  | { readonly op: "heartbeat" | "complete" | "release"; readonly token: number }
  | { readonly op: "fail"; readonly token: number; readonly retryable: boolean }
  /** Nobody asked: the lease of this claim ended. `undefined`: of one whose answer nobody got. */
  | { readonly op: "expire"; readonly token: number | undefined };

export type Status = "todo" | "claimed" | "done" | "failed" | "cancelled";

/** What was answered. */
export type ItemOutput =
  | {
      readonly code: "ok";
      readonly status: Status;
      readonly seq: number;
      readonly attempt: number;
      /** Of a claim. */
      readonly token?: number;
    }
  | { readonly code: "ok"; readonly cancelRequested: boolean }
  | { readonly code: Refusal };
export type Refusal =
  | "not_found"
  | "invalid_plan"
  | "already_claimed"
  | "already_settled"
  | "not_ready"
  | "not_claimed"
  | "stale_fencing_token";

export interface ItemState {
  readonly status: Status | "absent";
  /** Token of the claim in force, or of the last one; -1 when nobody was told it. */
  readonly token: number;
  /** The greatest that was told. */
  readonly tokenMax: number;
  readonly attempt: number;
  readonly spent: number;
  readonly attemptsMax: number;
  /** The greatest version that was told. */
  readonly seq: number;
}

export type ItemOperation = Operation<ItemInput, ItemOutput>;

const first: ItemState = {
  status: "absent",
  token: 0,
  tokenMax: 0,
  attempt: 0,
  spent: 0,
  attemptsMax: 0,
  seq: 0,
};

export const itemModel: Model<ItemState, ItemInput, ItemOutput> = {
  first,
  step: (state, input, output) => {
    if (output !== undefined && output.code !== "ok") return refused(state, input, output.code) ? state : undefined;
    const next = done(state, input, output);
    return next === undefined || output === undefined || !("seq" in output) ? next : seen(state, next, input, output);
  },
  keyOf: ({ status, token, tokenMax, attempt, spent, attemptsMax, seq }) =>
    [status, token, tokenMax, attempt, spent, attemptsMax, seq].join(),
  isSpent: ({ status, token, tokenMax }, input) => {
    if (status === "done" || status === "cancelled") return true;
    if (input.op === "create") return status !== "absent";
    if (input.op === "read") return true;
    if (!("token" in input) || input.token === undefined) return false;
    // A claim with a later token is told of: this one is over. One that nobody was told of may still be this one.
    return input.token < tokenMax || (input.token === token && status !== "claimed");
  },
};

/** The state after it was done; `undefined` when it could not be. */
function done(state: ItemState, input: ItemInput, output: ItemOutput | undefined): ItemState | undefined {
  const { status } = state;
  switch (input.op) {
    case "create":
      return status === "absent" ? { ...state, status: "todo", attemptsMax: input.attemptsMax } : undefined;
    case "read":
      return status === "absent" ? undefined : state;
    case "claim":
      return status === "todo" ? claimed(state, output) : undefined;
    case "requeue":
      return status === "failed" ? { ...state, status: "todo", spent: 0 } : undefined;
    case "cancel":
      return status === "todo" || status === "claimed" || status === "failed"
        ? { ...state, status: "cancelled" }
        : undefined;
    case "expire":
      return status === "claimed" && state.token === (input.token ?? -1) ? failed(state, true) : undefined;
    default:
      return reported(state, input, output);
  }
}

/** A token is greater than every one before it. */
function claimed(state: ItemState, output: ItemOutput | undefined): ItemState | undefined {
  const next = { ...state, status: "claimed" as const, attempt: state.attempt + 1, spent: state.spent + 1 };
  if (output === undefined) return { ...next, token: -1 };
  if (!("token" in output) || output.token === undefined || output.token <= state.tokenMax) return undefined;
  return { ...next, token: output.token, tokenMax: output.token };
}

type Report = Extract<ItemInput, { readonly token: number }>;

/** Only the claim in force may report; the same report again is answered as the first was. */
function reported(state: ItemState, input: Report, output: ItemOutput | undefined): ItemState | undefined {
  const { status } = state;
  if (input.token !== state.token) return undefined;
  if (input.op === "heartbeat") {
    const asked = output !== undefined && "cancelRequested" in output && output.cancelRequested;
    return status === (asked ? "cancelled" : "claimed") ? state : undefined;
  }
  if (input.op === "complete" && status === "done") return state;
  if (input.op === "fail" && status === "failed") return state;
  if (status !== "claimed") return undefined;
  if (input.op === "complete") return { ...state, status: "done" };
  if (input.op === "release") return { ...state, status: "todo", spent: state.spent - 1 };
  return failed(state, input.op === "fail" && input.retryable);
}

function failed(state: ItemState, retryable: boolean): ItemState {
  return { ...state, status: retryable && state.spent < state.attemptsMax ? "todo" : "failed" };
}

/** What the answer shows has to be what is; versions only grow, and every change is a new one. */
function seen(
  before: ItemState,
  after: ItemState,
  { op }: ItemInput,
  { status, attempt, seq }: { readonly status: Status; readonly attempt: number; readonly seq: number },
): ItemState | undefined {
  if (status !== after.status || attempt !== after.attempt || seq < before.seq) return undefined;
  const changed = op !== "read" && after !== before;
  return changed && seq === before.seq ? undefined : { ...after, seq };
}

function refused({ status, token, attempt }: ItemState, input: ItemInput, code: Refusal): boolean {
  if (status === "absent") return code === "not_found";
  switch (input.op) {
    case "create":
      return code === "invalid_plan";
    case "claim":
      return code === CLAIM_REFUSALS[status];
    case "cancel":
      return code === "already_settled" && (status === "done" || status === "cancelled");
    case "requeue":
      return code === REQUEUE_REFUSALS[status];
    case "read":
    case "expire":
      return false;
    default:
      if (code === "not_claimed") return attempt === 0;
      // After a restart even the last holder's report is late, when the item is settled.
      return code === "stale_fencing_token" && (status !== "claimed" || input.token !== token);
  }
}

const CLAIM_REFUSALS: Readonly<Record<Status, Refusal | undefined>> = {
  todo: undefined,
  claimed: "already_claimed",
  failed: "not_ready",
  done: "already_settled",
  cancelled: "already_settled",
};
const REQUEUE_REFUSALS: Readonly<Record<Status, Refusal | undefined>> = {
  todo: "not_ready",
  claimed: "not_ready",
  failed: undefined,
  done: "already_settled",
  cancelled: "already_settled",
};
