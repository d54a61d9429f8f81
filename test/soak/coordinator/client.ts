/** One client of a campaign: does whatever comes to its mind, with and without keys, also with tokens that are long over. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { ItemInput, ItemOutput, Refusal, Status } from "./item-model.ts";
import { send, sendUntilAnswered, type Asked, type Reply } from "./send.ts";
import type { Place, World } from "./world.ts";

export interface ClientOptions {
  readonly world: World;
  readonly random: () => number;
  /** Not unique: names are no identities. */
  readonly agent: string;
}

const WEIGHTS = {
  claim: 22,
  next: 10,
  heartbeat: 16,
  complete: 4,
  fail: 14,
  release: 16,
  requeue: 8,
  cancel: 1,
  read: 9,
} as const;
type Choice = keyof typeof WEIGHTS;
const TOTAL = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
const SHORT_LEASE_MS = 1_000;
const LONG_LEASE_MS = 600_000;

/** Works until all operations of the campaign are taken. */
export async function beClient(options: ClientOptions): Promise<void> {
  const { world, random } = options;
  while (world.begin()) {
    const place = world.places[Math.floor(random() * world.places.length)]!;
    if (place.isOver && random() < 0.5) world.renew(place);
    const choice = chosen(random);
    if (choice === "next") await claimNext(options);
    else await act(options, place.key, inputOf(place, choice, random));
  }
}

function chosen(random: () => number): Choice {
  let left = random() * TOTAL;
  for (const [choice, weight] of Object.entries(WEIGHTS) as [Choice, number][]) if ((left -= weight) < 0) return choice;
  return "read";
}

function inputOf(place: Place, choice: Exclude<Choice, "next">, random: () => number): ItemInput {
  if (!place.isCreated || random() < 0.01) return { op: "create", attemptsMax: 1 + Math.floor(random() * 4) };
  if (choice === "claim" || choice === "requeue" || choice === "cancel" || choice === "read") return { op: choice };
  const { tokens } = place;
  const back = random() < 0.85 ? 1 : 1 + Math.floor(random() * Math.max(1, tokens.length));
  const token = tokens.at(-back) ?? 1;
  return choice === "fail" ? { op: "fail", token, retryable: random() < 0.8 } : { op: choice, token };
}

async function claimNext({ world, random, agent }: ClientOptions): Promise<void> {
  const called = performance.now();
  const body = { agent_id: agent, lease_ms: LONG_LEASE_MS, wait_ms: random() < 0.5 ? 0 : 100 };
  // One whose answer is lost for good could have taken any item: it asks until it knows.
  const reply = await sendUntilAnswered(world, {
    role: "worker",
    path: "/api/work-items/claim-next",
    body,
    key: randomUUID(),
  });
  if (reply.status === 204) {
    world.counts.nothing++;
    return;
  }
  const output = outputOf(reply);
  const { key } = (reply.body["item"] ?? {}) as { readonly key?: string };
  if (key === undefined) world.faults.push(`claim-next was answered with ${JSON.stringify(reply)}`);
  else world.record(key, called, performance.now(), { op: "claim" }, output);
}

async function act(options: ClientOptions, item: string, input: ItemInput): Promise<void> {
  const { world, random } = options;
  const leaseMs = random() < 0.1 ? SHORT_LEASE_MS : LONG_LEASE_MS;
  const asked = requestOf(options, item, input, leaseMs);
  const isWrite = asked.body !== undefined && input.op !== "heartbeat";
  const key = isWrite && random() < 0.6 ? randomUUID() : undefined;
  const called = performance.now();
  if (key !== undefined && random() < 0.08) return twice(world, { ...asked, key }, item, input, called, leaseMs);
  let reply = await send(world, { ...asked, ...(key !== undefined && { key }) });
  while (reply === undefined && key !== undefined && random() < 0.95) reply = await send(world, { ...asked, key });
  note(world, item, input, called, leaseMs, reply);
}

/** Two at once with one key: whatever is done is done once. */
async function twice(
  world: World,
  asked: Asked & { readonly key: string },
  item: string,
  input: ItemInput,
  called: number,
  leaseMs: number,
): Promise<void> {
  const replies = await Promise.all([sendUntilAnswered(world, asked), sendUntilAnswered(world, asked)]);
  const [first, second] = replies;
  if (first.status >= 300 || second.status >= 300) {
    for (const reply of replies) note(world, item, input, called, leaseMs, reply);
    return;
  }
  if (!isDeepStrictEqual(first, second))
    world.faults.push(`one key, two answers: ${JSON.stringify(first)} and ${JSON.stringify(second)}`);
  note(world, item, input, called, leaseMs, first);
}

function note(
  world: World,
  item: string,
  input: ItemInput,
  called: number,
  leaseMs: number,
  reply: Reply | undefined,
): void {
  const output = reply === undefined ? undefined : outputOf(reply);
  // A reading that came to nothing tells nothing.
  if (output === undefined && input.op === "read") return;
  world.record(item, called, output === undefined ? Infinity : performance.now(), input, output);
  if (input.op !== "claim" || leaseMs !== SHORT_LEASE_MS) return;
  if (output === undefined) world.mayExpire(item, called + leaseMs, undefined);
  else if ("token" in output) world.mayExpire(item, called + leaseMs, output.token);
}

function requestOf({ agent }: ClientOptions, item: string, input: ItemInput, leaseMs: number): Asked {
  const at = `/api/work-items/${item}`;
  switch (input.op) {
    case "create":
      return {
        role: "plan",
        path: "/api/work-items",
        body: { key: item, title: item, attempts_max: input.attemptsMax },
      };
    case "read":
      return { role: "read", path: at };
    case "claim":
      return { role: "worker", path: `${at}/claim`, body: { agent_id: agent, lease_ms: leaseMs } };
    case "heartbeat":
      return {
        role: "worker",
        path: `${at}/heartbeat`,
        body: { fencing_token: input.token, lease_ms: LONG_LEASE_MS, note: "still at it" },
      };
    case "complete": {
      const body = { fencing_token: input.token, result_summary: "done", files_modified: [] };
      return { role: "worker", path: `${at}/complete`, body };
    }
    case "fail": {
      const body = { fencing_token: input.token, failure_reason: "it broke", retryable: input.retryable };
      return { role: "worker", path: `${at}/fail`, body };
    }
    case "release":
      return { role: "worker", path: `${at}/release`, body: { fencing_token: input.token } };
    case "requeue":
    case "cancel":
      return { role: "plan", path: `${at}/${input.op}`, body: {} };
    case "expire":
      throw new Error("nobody asks for the end of a lease");
  }
}

/** The part of an answer that the model speaks of. */
function outputOf({ status, body }: Reply): ItemOutput {
  if (status >= 400) return { code: body["code"] as Refusal };
  if ("cancel_requested" in body) return { code: "ok", cancelRequested: body["cancel_requested"] === true };
  const token = body["fencing_token"] as number | undefined;
  const item = (body["item"] ?? body) as { readonly status: Status; readonly seq: number; readonly attempt: number };
  const { seq, attempt } = item;
  return { code: "ok", status: item.status, seq, attempt, ...(token !== undefined && { token }) };
}
