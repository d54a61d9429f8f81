/** The work items of a running coordinator, one function for each verb. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EXIT_CODES, UsageError } from "../../base/errors.ts";
import { harmless } from "../../base/harmless.ts";
import type { Json } from "../../base/json.ts";
import { toWire } from "../../client/camel-case.ts";
import type { Client } from "../../client/client.ts";
import type { TokenRole } from "../../client/local-server.ts";
import type { Claim, CreateWorkItem, ListFilter, WorkItem, WorkItemPage } from "../../client/shapes.ts";
import { coordinatorOf, type CoordinatorOptions } from "../coordinator-client.ts";
import type { Command, Io } from "../io.ts";
import { paintFor } from "../terminal/style.ts";
import { claimLines, conflictLines, itemLines, itemTable } from "../view/work-item.ts";
import { jsonDocument } from "../wire.ts";

/** A person waits for the answer. */
const RETRY_FOR_MS = 5_000;
/** Items that are listed without `--all`. */
const LISTED = 50;

export interface ItemsOptions extends CoordinatorOptions {
  readonly json?: boolean;
}

export interface OneItem extends ItemsOptions {
  /** Id or key. */
  readonly id: string;
}

interface Held extends OneItem {
  readonly fencingToken: number;
}

function clientFor(io: Io, options: ItemsOptions, role: TokenRole): Client {
  return coordinatorOf(io, options, role, RETRY_FOR_MS).client;
}

/** The answer as a document of the wire, or in words. */
function tell(io: Io, { json }: ItemsOptions, answer: unknown, words: () => string): number {
  io.stdout.write(json === true ? jsonDocument(toWire(answer) ?? null) : words());
  return 0;
}

function tellItem(io: Io, options: ItemsOptions, item: WorkItem): number {
  return tell(io, options, item, () => itemLines(item));
}

export interface ItemsListOptions extends ItemsOptions, Pick<ListFilter, "status" | "ready" | "q"> {
  readonly project?: string;
  readonly agent?: string;
  readonly parent?: string;
  readonly limit?: number;
  readonly all?: boolean;
}

export const itemsList: Command<ItemsListOptions> = async (io, options) => {
  const { items } = clientFor(io, options, "read");
  const { status, ready, q, limit = LISTED, all } = options;
  const { project: projectId, agent: agentId, parent: parentItemId } = options;
  const filter: ListFilter = given({ projectId, status, ready, agentId, parentItemId, q });
  let page: WorkItemPage = await items.list({ ...filter, limit: all === true ? 1_000 : limit });
  while (all === true && page.nextCursor !== null) {
    const { items: more, ...rest } = await items.list({ ...filter, limit: 1_000, cursor: page.nextCursor });
    page = { ...rest, items: [...page.items, ...more] };
  }
  return tell(io, options, page, () => {
    if (page.items.length === 0) return "No work items.\n";
    const more = page.nextCursor === null ? "" : "There are more: --all lists them.\n";
    return itemTable(page.items, paintFor(io.stdout.color)) + more;
  });
};

export interface ItemsAddOptions extends ItemsOptions {
  readonly title: string;
  readonly project?: string;
  readonly key?: string;
  readonly description?: string;
  readonly type?: string;
  readonly priority?: number;
  readonly needs?: readonly string[];
  readonly file?: readonly string[];
  readonly parent?: string;
  readonly attempts?: number;
  readonly hours?: number;
  readonly metadata?: Readonly<Record<string, Json>>;
}

export const itemsAdd: Command<ItemsAddOptions> = async (io, options) => {
  const { title, project: projectId, key, description, priority, metadata } = options;
  const { type: taskType, needs: dependencies, file: files, parent, attempts: attemptsMax, hours } = options;
  const { items } = clientFor(io, options, "plan");
  const parentItemId = parent === undefined ? undefined : (await items.get(parent)).id;
  const more = { parentItemId, attemptsMax, estimatedHours: hours, metadata };
  const wanted = { title, projectId, key, description, taskType, priority, dependencies, files, ...more };
  const item = await items.create(given<CreateWorkItem>(wanted));
  return tell(io, options, item, () => `Added ${harmless(item.key)} (${item.id}).\n`);
};

export const itemsShow: Command<OneItem> = async (io, options) => {
  const { items } = clientFor(io, options, "read");
  return tellItem(io, options, await items.get(options.id));
};

export const itemsWhy: Command<OneItem> = async (io, options) => {
  const why = await clientFor(io, options, "read").items.why(options.id);
  return tell(io, options, why, () => `${harmless(why.inWords, { lines: true })}\n`);
};

export interface ItemsClaimOptions extends OneItem {
  readonly agent: string;
  readonly lease?: number;
  readonly file?: readonly string[];
}

export const itemsClaim: Command<ItemsClaimOptions> = async (io, options) => {
  const { id, agent: agentId, lease: leaseMs, file: files } = options;
  const claim = await clientFor(io, options, "worker").items.claim(id, given({ agentId, leaseMs, files }));
  return tell(io, options, claim, () => claimLines(claim));
};

export interface ItemsNextOptions extends ItemsOptions {
  readonly agent: string;
  readonly project?: string;
  readonly types?: readonly string[];
  readonly lease?: number;
  readonly wait?: number;
}

/** Ends with 4 when there is nothing to claim: it is not to be had now. */
export const itemsNext: Command<ItemsNextOptions> = async (io, options) => {
  const { agent: agentId, project: projectId, types: taskTypes, lease: leaseMs, wait: waitMs } = options;
  const { items } = clientFor(io, options, "worker");
  const claim: Claim | undefined = await items.claimNext(given({ agentId, projectId, taskTypes, leaseMs, waitMs }));
  tell(io, options, claim, () => (claim === undefined ? "" : claimLines(claim)));
  if (claim !== undefined) return 0;
  io.stderr.write("Nothing is there to be claimed now.\n");
  return EXIT_CODES.cap_reached;
};

export interface ItemsHeartbeatOptions extends Held {
  readonly lease?: number;
  readonly progress?: number;
  readonly file?: readonly string[];
  readonly note?: string;
}

/** Ends with 4 when the item was cancelled: there is nothing to go on with. */
export const itemsHeartbeat: Command<ItemsHeartbeatOptions> = async (io, options) => {
  const { id, fencingToken, lease: leaseMs, progress, file: files, note } = options;
  const { items } = clientFor(io, options, "worker");
  const answer = await items.heartbeat(id, given({ fencingToken, leaseMs, progress, files, note }));
  tell(io, options, answer, () => {
    if (answer.cancelRequested) return "The item was cancelled: stop working on it.\n";
    return [`The lease holds until ${answer.leaseExpiresAt}.`, ...conflictLines(answer.conflicts), ""].join("\n");
  });
  return answer.cancelRequested ? EXIT_CODES.stale_fencing_token : 0;
};

export interface ItemsCompleteOptions extends Held {
  readonly summary: string;
  readonly modified?: readonly string[];
  readonly output?: Json;
  readonly outputFile?: string;
}

export const itemsComplete: Command<ItemsCompleteOptions> = async (io, options) => {
  const { id, fencingToken, summary: resultSummary, modified: filesModified = [], outputFile } = options;
  const output = outputFile === undefined ? options.output : jsonIn(resolve(io.cwd, outputFile));
  const report = given({ fencingToken, resultSummary, filesModified, output });
  return tellItem(io, options, await clientFor(io, options, "worker").items.complete(id, report));
};

export interface ItemsFailOptions extends Held {
  readonly reason: string;
  /** `false`: no attempt may follow. */
  readonly retry: boolean;
}

export const itemsFail: Command<ItemsFailOptions> = async (io, options) => {
  const { id, fencingToken, reason: failureReason, retry } = options;
  const report = { fencingToken, failureReason, ...(!retry && { retryable: false }) };
  return tellItem(io, options, await clientFor(io, options, "worker").items.fail(id, report));
};

export const itemsRelease: Command<Held & { readonly reason?: string }> = async (io, options) => {
  const { id, fencingToken, reason } = options;
  return tellItem(
    io,
    options,
    await clientFor(io, options, "worker").items.release(id, given({ fencingToken, reason })),
  );
};

export const itemsRequeue: Command<OneItem & { readonly reason?: string }> = async (io, options) => {
  const { id, reason } = options;
  return tellItem(io, options, await clientFor(io, options, "plan").items.requeue(id, given({ reason })));
};

export const itemsCancel: Command<OneItem & { readonly reason?: string }> = async (io, options) => {
  const { id, reason } = options;
  return tellItem(io, options, await clientFor(io, options, "plan").items.cancel(id, given({ reason })));
};

export const itemsNote: Command<OneItem & { readonly agent: string; readonly note: string }> = async (io, options) => {
  const { id, agent: agentId, note } = options;
  return tellItem(io, options, await clientFor(io, options, "worker").items.note(id, { agentId, note }));
};

/** The same without what is `undefined`. */
function given<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

/** @throws UsageError */
function jsonIn(file: string): Json {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Json;
  } catch (error) {
    throw new UsageError(`expected a file with one JSON value, got ${file}: ${(error as Error).message}`);
  }
}
