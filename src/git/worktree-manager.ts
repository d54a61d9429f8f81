/**
 * The worktrees of one run: one for each item that wants one, made, used again, and removed without ever losing work. Many
 * managers, in many processes, may work on one repository.
 *
 * M1 nothing is done in git that the registry was not told before (`machines/worktree.ts` W1).
 * M2 only entries of this run's registry are removed, and only those whose owner is this process or dead.
 * M3 what holds work is kept and said, or saved first and then removed; there is no way to have it thrown away.
 * M4 the repository lock is held for single git commands, never while files are written or a command of the user's runs.
 */
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../base/env.ts";
import { SignalboxError } from "../base/errors.ts";
import type { Repository } from "./repository.ts";
import { adminEntry, isWhole } from "./worktrees/admin-entry.ts";
import { takeAwayHalf } from "./worktrees/clear-half.ts";
import { containedPath } from "./worktrees/contained-path.ts";
import { takeUpAgain } from "./worktrees/cut-off.ts";
import type { WorktreeEntry, WorktreePlan } from "./worktrees/entry.ts";
import { gitPort } from "./worktrees/git-port.ts";
import { makeWorktree } from "./worktrees/make-worktree.ts";
import { knownToOther, writeMarker } from "./worktrees/marker.ts";
import { observeWork } from "./worktrees/observe-work.ts";
import { mayLive, sameOwner, thisOwner } from "./worktrees/owner.ts";
import { checkPorts, type PortSettings } from "./worktrees/port-ranges.ts";
import { giveUpPorts, portsAgain } from "./worktrees/wait-for-ports.ts";
import { checkBranchName, plainWord, resolveCommit } from "./worktrees/refs.ts";
import type { WorktreeRegistry } from "./worktrees/registry.ts";
import { notRemoved, removeWorktree, type Removal, type RemovalOptions } from "./worktrees/remove-worktree.ts";
import { mend, repairRepository, type Repair } from "./worktrees/repair.ts";
import type { ObservedWork } from "./worktrees/work-facts.ts";
import { markerOf, underLock, type Workshop, type WorktreeNotice } from "./worktrees/workshop.ts";

export interface WorktreeManagerOptions {
  readonly env: Env;
  readonly repository: Repository;
  /** The registry of the run; see `openWorktreeRegistry`. */
  readonly registry: WorktreeRegistry;
  /** Folder in which the worktrees are made, each run in a folder of its own. Made when it is missing. */
  readonly home: string;
  /** Milliseconds to wait for the repository lock. Default 30,000. */
  readonly lockTimeoutMs?: number;
  /** Whether the hooks of the repository run when a worktree is made. Default `false`. */
  readonly hooks?: boolean;
  /** Paths of the repository's working tree that worktrees link to, such as `node_modules`. Default none. */
  readonly links?: readonly string[];
  /** A shell command that runs in each new worktree. Default none. */
  readonly setup?: string;
  /** Milliseconds that the setup command may take. Default ten minutes. */
  readonly setupTimeoutMs?: number;
  /** Gives each worktree ports of its own. Default none. */
  readonly ports?: PortSettings;
  /** Milliseconds to wait for ports that other worktrees have. Default ten minutes. */
  readonly portsTimeoutMs?: number;
  /** Is told of everything that happens to a worktree. Must not throw. */
  readonly onNotice?: (notice: WorktreeNotice) => void;
}

export interface CreateWorktree {
  readonly item: string;
  /** What it begins with: any branch, tag or commit. Default `HEAD` of the repository. */
  readonly base?: string;
  /**
   * `{ create: NAME }` makes a branch, `{ use: NAME }` checks out one that is there, `"detached"` has none. Default: a new branch
   * `signalbox/<run>/<item>`.
   */
  readonly branch?: { readonly create: string } | { readonly use: string } | "detached";
  /** It is made to take back what was done in an earlier one of the item. Default `false`. */
  readonly forUndo?: boolean;
  readonly signal?: AbortSignal;
}

export class WorktreeManager {
  readonly #shop: Workshop;
  readonly #options: WorktreeManagerOptions;
  readonly #home: string;

  /** @throws UsageError when a path leads out of the repository, or ports are none */
  constructor(options: WorktreeManagerOptions) {
    const { env, repository, registry, home, hooks = false, onNotice = () => {}, links = [] } = options;
    const { lockTimeoutMs, portsTimeoutMs } = options;
    if (options.ports !== undefined) checkPorts(options.ports);
    for (const link of links) containedPath(repository.directory, link, "a link of a worktree");
    mkdirSync(home, { recursive: true, mode: 0o700 });
    this.#home = realpathSync.native(home);
    this.#options = options;
    this.#shop = {
      env,
      git: gitPort(env),
      repository,
      registry,
      home: this.#home,
      hooks,
      lockTimeoutMs,
      portsTimeoutMs,
      tell: onNotice,
    };
  }

  /** The worktrees of the run, oldest first, also those that are gone. */
  entries(): readonly WorktreeEntry[] {
    return this.#shop.registry.entries();
  }

  /**
   * Makes a worktree for an item. When it resolves, it is checked out and set up; when it is rejected, nothing is left of it.
   * @throws UsageError for a bad name, SignalboxError `worktree_failed`, RepositoryLockError, the signal's reason
   */
  async create(request: CreateWorktree): Promise<WorktreeEntry> {
    const { links = [], setup, setupTimeoutMs, ports, repository } = this.#options;
    const plan = await this.#planFor(request);
    return await makeWorktree(this.#shop, {
      plan,
      furnishing: { source: repository.topLevel, home: this.#home, links, setup, setupTimeoutMs },
      ports,
      signal: request.signal,
    });
  }

  /**
   * Takes up a worktree again that was ready once, as a retry or a resumed run does. What was done in it is still there.
   * @throws SignalboxError `worktree_failed` when it is in use by another process, or not whole any more
   */
  async reuse(name: string, signal?: AbortSignal): Promise<WorktreeEntry> {
    const entry = this.#shop.registry.entry(name);
    if (entry === undefined || !entry.wasReady) throw notReusable(name, "none of this run was ready under this name");
    const own = await this.#takenOver(entry);
    if (own === undefined) throw notReusable(name, `process ${entry.owner.pid} has it`);
    takeUpAgain(own);
    mend(own);
    const admin = adminEntry(own.repository, own.name);
    if (admin === undefined || !isWhole(admin, own.path)) throw notReusable(name, `it is not at ${own.path} any more`);
    const withOwnPorts = await portsAgain(this.#shop, own, { ports: this.#options.ports, signal });
    if (own.status === "ready") return withOwnPorts;
    const ready = await this.#shop.registry.record(name, { type: "adopt", token: own.token });
    writeMarker(ready.repository, markerOf(this.#shop, ready));
    return ready;
  }

  /** Others may have its ports from now on, unless something runs in it yet: nobody works in it any more, but it stays. */
  rest(name: string): void {
    const entry = this.#shop.registry.entry(name);
    if (entry !== undefined) giveUpPorts(this.#shop, entry);
  }

  /**
   * Looks at what was done in a worktree since it was made, and keeps it in the registry with `undeclared`: what of it was not
   * said before. `undefined` when git cannot tell.
   */
  async observe(
    name: string,
    undeclared: (files: readonly string[]) => readonly string[],
  ): Promise<ObservedWork | undefined> {
    const entry = this.#shop.registry.entry(name);
    // One that we remove now has its last name for good reason.
    if (entry?.status === "removing" && !mayLive(entry.owner)) takeUpAgain(entry);
    const work = entry === undefined ? undefined : await observeWork(this.#shop.git, entry);
    if (work !== undefined) await this.#shop.registry.note(name, { work, undeclared: undeclared(work.files) });
    return work;
  }

  /** Whether there is a branch of this name, and no worktree has it checked out. */
  async isFree(branch: string): Promise<boolean> {
    const { git, repository } = this.#shop;
    const format = ["for-each-ref", "--format=%(refname) %(worktreepath)"];
    const { stdout } = await git(repository.commonDir, format, { operands: [`refs/heads/${branch}`] });
    return stdout.split("\n").includes(`refs/heads/${branch} `);
  }

  /** Removes a worktree, or keeps it and says why. Never throws for what it finds or for what git cannot do. */
  async remove(name: string, options: Partial<RemovalOptions> = {}): Promise<Removal | undefined> {
    const entry = this.#shop.registry.entry(name);
    const own = entry === undefined || entry.status === "removed" ? undefined : await this.#takenOver(entry);
    if (own === undefined || own.status === "removing") return undefined;
    if (!own.wasReady) {
      await takeAwayHalf(this.#shop, own);
      return undefined;
    }
    const copies = join(this.#home, "kept");
    return await removeWorktree(this.#shop, own, { work: "keep", copies, forgetMissing: false, ...options });
  }

  /** Removes all worktrees of this run that nobody else has. One that cannot be removed does not keep the others. */
  async clean(options: Partial<RemovalOptions> = {}): Promise<readonly Removal[]> {
    const removals: Removal[] = [];
    for (const entry of this.entries()) {
      const removal = await this.remove(entry.name, options).catch((error: unknown) => notRemoved(entry, error));
      if (removal !== undefined) removals.push(removal);
    }
    return removals;
  }

  /** Mends what dead processes left in the repository, of this run and of others. `create` does it too. */
  async repair(signal?: AbortSignal): Promise<readonly Repair[]> {
    const repair = (lease: { readonly id: string }): Promise<readonly Repair[]> => repairRepository(this.#shop, lease);
    const repairs = await underLock(this.#shop, "repair worktrees", repair, signal);
    for (const { later } of repairs) await later();
    return repairs;
  }

  /** The entry as ours: it is, or its owner is dead. `undefined` when somebody else has it, or has removed it by now. */
  async #takenOver(entry: WorktreeEntry): Promise<WorktreeEntry | undefined> {
    const { registry } = this.#shop;
    const self = thisOwner();
    if (sameOwner(entry.owner, self)) return entry;
    if (knownToOther(entry, registry.file) !== undefined) return undefined;
    if (mayLive(entry.owner)) return undefined;
    return await underLock(this.#shop, `take over the worktree of ${entry.item}`, async () => {
      await registry.refresh?.();
      const now = registry.entry(entry.name);
      if (now === undefined || now.status === "removed") return undefined;
      if (sameOwner(now.owner, self)) return now;
      if (mayLive(now.owner)) return undefined;
      return await registry.record(entry.name, { type: "take", token: now.token + 1 }, { owner: self });
    });
  }

  async #planFor({ item, base = "HEAD", branch, forUndo = false }: CreateWorktree): Promise<WorktreePlan> {
    const { env, git, repository, registry } = this.#shop;
    const { runId } = registry;
    // The last digits of an id are for the numbers of items, and zero.
    const name = `${plainWord(item)}-${env.nextId().replaceAll("-", "").slice(0, 24)}`;
    const own = branch === undefined || (branch !== "detached" && "create" in branch);
    const branchName =
      branch === "detached"
        ? undefined
        : branch === undefined
          ? `signalbox/${plainWord(runId)}/${plainWord(item)}`
          : "create" in branch
            ? branch.create
            : branch.use;
    if (branchName !== undefined) await checkBranchName(git, repository.commonDir, branchName);
    const begin = branchName !== undefined && !own ? `refs/heads/${branchName}` : base;
    return {
      name,
      runId,
      item,
      repository: repository.commonDir,
      path: containedPath(this.#home, join(plainWord(runId), name), "a worktree"),
      base: await resolveCommit(git, repository.directory, begin),
      branch: branchName,
      ownBranch: own && branchName !== undefined,
      ...(forUndo && { forUndo }),
      owner: thisOwner(),
    };
  }
}

function notReusable(name: string, why: string): SignalboxError {
  return new SignalboxError(
    "worktree_failed",
    `expected a worktree ${name} that can be used again, but ${why}; make a new one`,
  );
}
