/**
 * One claimed item while a command works on it: the lease is kept, the outcome reported.
 *
 * H1 The lease is renewed until the report is answered. Whoever is told that the claim is over (a stale token, a cancel) ends the
 *    command with everything it started, and reports nothing.
 * H2 What was claimed is reported or given back, once: `complete`, `fail`, or `release`. A command that was told to stop is never
 *    reported as done.
 * H3 What is a fault of this worker and none of the item's (a command that cannot be started, a worktree that cannot be made) spends
 *    no attempt: the item is given back, and `fault` says why.
 * H4 A coordinator that does not answer stops no work: the token decides when it is back.
 */
import { rmSync, writeFileSync } from "node:fs";
import { SignalboxError, StaleFencingTokenError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { toWire } from "../../client/camel-case.ts";
import type { Client } from "../../client/client.ts";
import type { Claim, Conflict } from "../../client/shapes.ts";
import type { CallOptions } from "../../client/transport.ts";
import type { AbortAttempt, AttemptOutcome, AttemptRequest, Executor } from "../../executors/executor.ts";
import { changedSince, treeState, type TreeState } from "../../git/observed-changes.ts";
import type { Env } from "../../base/env.ts";
import { messageOf } from "../../base/error-message.ts";
import { lastLines, reportablePaths, reportableText } from "./report-text.ts";
import type { HeldEnding, TellWork } from "./work-news.ts";

export interface HeldItemParts {
  readonly env: Env;
  readonly client: Client;
  readonly executor: Executor;
  readonly claim: Claim;
  readonly command: string;
  readonly leaseMs: number;
  /** Milliseconds between two signs of life. */
  readonly beatMs: number;
  /** Folder in which the command runs, when it has no worktree. */
  readonly folder: string;
  readonly worktree: boolean;
  /** Path of the file that tells the command of its item; there as long as it runs. */
  readonly itemFile: string;
  /** Last lines that the command printed, newest last. */
  readonly tail: () => readonly string[];
  readonly tell: TellWork;
}

/** Reasons that tell of this machine, not of the item. */
const OWN_FAULTS: ReadonlySet<string> = new Set([
  "spawn_failed",
  "runner_lost",
  "worktree_failed",
  "git_failed",
  "git_unavailable",
  "not_a_repository",
  "repository_lock_timeout",
  "repository_lock_unavailable",
  "invalid_usage",
]);
/** How long a report is sent again while nobody answers; and when the worker was told to stop, or to stop at once. */
const REPORT_FOR_MS = 600_000;
const LAST_REPORT_FOR_MS = 5_000;
const HURRIED_REPORT_FOR_MS = 1_000;

/** The coordinator does not say who has it now: that would be a token to go on with. */
const LOST = "the claim is over, and somebody else may have it; stopped, nothing is reported";

export class HeldItem {
  readonly #parts: HeldItemParts;
  readonly #beating = new AbortController();
  /** Ends a report that nobody answers once the worker stops. */
  readonly #hurry = new AbortController();
  #abort: AbortAttempt | undefined;
  /** Why the command was told to end; the first reason counts. */
  #over: "cancelled" | "lost" | "stopped" | undefined;
  #overWhy = "";
  #isKilled = false;
  #before: TreeState | undefined;
  #files: readonly string[] | undefined;
  #branch: string | undefined;
  /** What changed when it was looked at last, and the look that is under way. */
  #seen: readonly string[] | undefined;
  #looking: Promise<void> | undefined;
  /** Those that were told last. */
  #conflicts = "[]";
  /** Set when the worker should take no further item. */
  fault: string | undefined;

  constructor(parts: HeldItemParts) {
    this.#parts = parts;
  }

  /** Works on it to its end; answers how it left. Never throws. */
  async work(): Promise<HeldEnding> {
    const beating = this.#beat();
    this.#tellConflicts(this.#parts.claim.conflicts);
    try {
      const outcome = await this.#run();
      return await this.#report(outcome);
    } catch (error) {
      return this.#leave("lost", messageOf(error));
    } finally {
      rmSync(this.#parts.itemFile, { force: true });
      this.#beating.abort();
      await beating;
    }
  }

  /** The worker stops: the command is ended and the item given back. */
  stop(options: { readonly now: boolean }): void {
    this.#end("stopped", "the worker stops", options);
    const hurry = (): void => this.#hurry.abort(new Error("the worker stopped before anybody answered"));
    if (options.now) hurry();
    else this.#parts.env.timers.after(LAST_REPORT_FOR_MS, hurry);
  }

  async #run(): Promise<AttemptOutcome> {
    const { claim, executor, command, worktree, itemFile, folder, env } = this.#parts;
    const { item, fencingToken, inputs, notes, conflicts } = claim;
    if (!worktree) this.#before = await treeState(folder, env);
    if (this.#over !== undefined) return { kind: "aborted" };
    try {
      writeFileSync(itemFile, JSON.stringify(toWire({ item, notes, conflicts })), { mode: 0o600 });
    } catch (error) {
      return { kind: "failed", reason: { code: "spawn_failed", message: messageOf(error) }, retryable: true };
    }
    const request: AttemptRequest = {
      runId: item.runId,
      item: item.key,
      itemId: item.id,
      attempt: item.attempt,
      token: fencingToken,
      task: { run: command, env: undefined, cwd: undefined, ...(worktree && { worktree }) },
      variables: { SIGNALBOX_ITEM_FILE: itemFile },
      inputs: () => inputs,
      note: (event, data) => this.#noted(event, data),
    };
    return new Promise((resolve) => {
      this.#abort = executor.start(request, resolve);
    });
  }

  /** What the worktree of the item has to say. */
  async #noted(event: string, data: Json): Promise<void> {
    const facts = data as { readonly path: string; readonly branch: string | null; readonly files_modified?: string[] };
    if (event === "worktree_created") this.#before = await treeState(facts.path, this.#parts.env);
    else {
      this.#files = facts.files_modified ?? [];
      this.#branch = facts.branch ?? undefined;
    }
  }

  /** H1. */
  #end(why: "cancelled" | "lost" | "stopped", words: string, { now = false }: { readonly now?: boolean } = {}): void {
    if (this.#over !== undefined && (!now || this.#isKilled)) return;
    if (this.#over === undefined) this.#overWhy = words;
    this.#over ??= why;
    this.#isKilled = now;
    this.#abort?.(words, { now });
  }

  async #beat(): Promise<void> {
    const { env, beatMs } = this.#parts;
    const { signal } = this.#beating;
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        const stop = env.timers.after(beatMs, resolve);
        signal.addEventListener("abort", () => (stop(), resolve()), { once: true });
      });
      if (signal.aborted || this.#over === "cancelled" || this.#over === "lost") return;
      await this.#signOfLife(signal).catch((error: unknown) => this.#beatFailed(error));
    }
  }

  async #signOfLife(signal: AbortSignal): Promise<void> {
    const { client, claim, leaseMs, tell } = this.#parts;
    const files = await this.#lookAround();
    const { fencingToken, item } = claim;
    const sign = { fencingToken, leaseMs };
    const beat = (more: { readonly files?: readonly string[] }) =>
      client.items.heartbeat(item.id, { ...sign, ...more }, { signal });
    const { cancelRequested, conflicts } = await beat(
      files === undefined ? {} : { files: reportablePaths(files) },
    ).catch((error: unknown) => {
      // More files than are kept of one claim: the lease counts, they do not.
      if (codeOf(error) !== "too_large") throw error;
      return beat({});
    });
    tell({ event: "reached" });
    if (cancelRequested) this.#end("cancelled", "it was cancelled");
    this.#tellConflicts(conflicts);
  }

  /** Those that were told already are not told again with every sign of life. */
  #tellConflicts(conflicts: readonly Conflict[]): void {
    const { tell, claim } = this.#parts;
    const known = JSON.stringify(conflicts);
    if (conflicts.length > 0 && known !== this.#conflicts) tell({ event: "conflict", item: claim.item, conflicts });
    this.#conflicts = known;
  }

  #beatFailed(error: unknown): void {
    if (this.#beating.signal.aborted) return;
    if (error instanceof StaleFencingTokenError) this.#end("lost", LOST);
    else if (codeOf(error) === "not_found") this.#end("lost", messageOf(error));
    // H4. What else goes wrong, the report will meet too.
    else this.#parts.tell({ event: "unreachable", why: messageOf(error) });
  }

  /** H1. What is known of the files by now: in a big tree git may take longer than the lease. */
  async #lookAround(): Promise<readonly string[] | undefined> {
    const { env, beatMs } = this.#parts;
    this.#looking ??= this.#observe().then((files) => {
      this.#seen = files;
      this.#looking = undefined;
    });
    const enough = Promise.withResolvers<void>();
    const stop = env.timers.after(beatMs / 2, enough.resolve);
    await Promise.race([this.#looking, enough.promise]);
    stop();
    return this.#seen;
  }

  /** What changed since the beginning; `undefined` outside a repository. */
  async #observe(): Promise<readonly string[] | undefined> {
    if (this.#before === undefined || this.#files !== undefined) return this.#files;
    try {
      return await changedSince(this.#before, this.#parts.env);
    } catch {
      // A tree that git cannot read now is not worth the item.
      return undefined;
    }
  }

  /** H2, H3. */
  async #report(outcome: AttemptOutcome): Promise<HeldEnding> {
    if (this.#over === "cancelled" || this.#over === "lost") return this.#leave(this.#over, this.#overWhy);
    try {
      if (this.#over === "stopped" || outcome.kind === "aborted")
        return await this.#release(this.#overWhy || "its command was ended");
      if (outcome.kind === "failed" && OWN_FAULTS.has(outcome.reason.code)) {
        this.fault = outcome.reason.message ?? outcome.reason.code;
        return await this.#release(`this worker cannot run it: ${this.fault}`);
      }
      const files = reportablePaths((await this.#observe()) ?? []);
      return await (outcome.kind === "done" ? this.#complete(outcome.output, files) : this.#fail(outcome, files));
    } catch (error) {
      if (error instanceof StaleFencingTokenError) return this.#leave("lost", LOST);
      return this.#leave("lost", `the report was not taken: ${messageOf(error)}`);
    }
  }

  async #complete(output: Json | undefined, files: readonly string[]): Promise<HeldEnding> {
    const { client, claim } = this.#parts;
    const { fencingToken, item } = claim;
    const said = lastLines(this.#parts.tail()).join("\n");
    const branch = this.#branch === undefined ? "" : `Branch: ${this.#branch}\n`;
    const resultSummary = reportableText(branch + (said === "" ? "The command ended well and printed nothing." : said));
    const report = { fencingToken, resultSummary, filesModified: files, ...(output !== undefined && { output }) };
    try {
      await client.items.complete(item.id, report, this.#calls());
    } catch (error) {
      const code = codeOf(error);
      if (code !== "invalid_request" && code !== "too_large") throw error;
      // Another attempt would report the same.
      const failureReason = reportableText(
        `The command ended well, but what it reports is not taken: ${messageOf(error)}`,
      );
      await client.items.fail(item.id, { fencingToken, failureReason, retryable: false }, this.#calls());
      return this.#leave("failed", failureReason);
    }
    return this.#leave("done", undefined, files);
  }

  async #fail(
    { reason, retryable }: Extract<AttemptOutcome, { kind: "failed" }>,
    files: readonly string[],
  ): Promise<HeldEnding> {
    const { client, claim } = this.#parts;
    const failureReason = reportableText([reason.message ?? reason.code, ...lastLines(this.#parts.tail())].join("\n"));
    const report = { fencingToken: claim.fencingToken, failureReason, ...(!retryable && { retryable }) };
    await client.items.fail(claim.item.id, report, this.#calls());
    return this.#leave("failed", failureReason, files);
  }

  async #release(reason: string): Promise<HeldEnding> {
    const { client, claim } = this.#parts;
    const { fencingToken, item } = claim;
    await client.items.release(item.id, { fencingToken, reason: reportableText(reason) }, this.#calls());
    return this.#leave("released", reason);
  }

  #calls(): CallOptions {
    const { signal } = this.#hurry;
    if (this.#over !== "stopped") return { signal, retryForMs: REPORT_FOR_MS };
    const retryForMs = signal.aborted ? HURRIED_REPORT_FOR_MS : LAST_REPORT_FOR_MS;
    return { retryForMs, timeoutMs: retryForMs };
  }

  #leave(ending: HeldEnding, why?: string, files?: readonly string[]): HeldEnding {
    const { tell, claim } = this.#parts;
    tell({ event: ending, item: claim.item, ...(why !== undefined && { why }), ...(files !== undefined && { files }) });
    return ending;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof SignalboxError ? error.code : undefined;
}
