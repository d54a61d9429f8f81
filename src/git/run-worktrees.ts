/**
 * The worktrees of the items of one run: each attempt of an item that wants one gets a worktree and a branch of its own, and
 * gives it back when nothing of it runs any more.
 *
 * R1 the first worktree of an item has the branch `signalbox/<run>/<item>`; a later one has the attempt's fencing token behind
 *    it, and so has each of an item of another run. So nothing that is late, whatever it does to its branch, moves the branch of a newer attempt.
 * R2 giving back never throws and never destroys work: what is not committed is kept where it is, or saved first (`keep`).
 * R3 what dead processes of this run left is given back before anything new is taken.
 * R4 what is to be taken back finds what was committed: the item's last worktree where it is left, else its branch in another one,
 *    else, when the branch is gone or checked out elsewhere, its last commit.
 */
import { assert } from "../base/assert.ts";
import type { Env } from "../base/env.ts";
import { messageOf } from "../base/error-message.ts";
import { isThere } from "../base/if-there.ts";
import { openRepository } from "./repository.ts";
import { WorktreeManager } from "./worktree-manager.ts";
import { realPathOf } from "./worktrees/contained-path.ts";
import { mayLive, sameOwner, thisOwner } from "./worktrees/owner.ts";
import { plainWord } from "./worktrees/refs.ts";
import type { WorktreeEntry } from "./worktrees/entry.ts";
import { openWorktreeRegistry, readRegistry, registryFile, type WorktreeRegistry } from "./worktrees/registry.ts";
import type { WorktreeSettings } from "./worktrees/settings.ts";
import { worktreeVariables } from "./worktrees/setup-command.ts";
import { placeIn, wayInRepository } from "./worktrees/place-in.ts";
import { goingPath } from "./worktrees/clear-away.ts";
import { checkBranchesOf } from "./worktrees/branch-in-the-way.ts";
import { gitPort } from "./worktrees/git-port.ts";
import { reportOf, reportsOf, type WorktreeReport } from "./worktrees/report.ts";

/** A worktree while an attempt has it. */
export interface AttemptWorktree {
  readonly name: string;
  readonly path: string;
  readonly branch: string | undefined;
  /** The commit that it began with. */
  readonly base: string;
  /** Folder in which the attempt runs. */
  readonly folder: string;
  /** Variables that a command gets: `SIGNALBOX_WORKTREE`, `SIGNALBOX_BRANCH`, ports. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface TakeWorktree {
  readonly item: string;
  /**
   * The run of the item, when it is not the one that these worktrees were opened for: a worker outside opens them for itself, and takes
   * items of any run. Default: the same.
   */
  readonly run?: string;
  /** Fencing token of the attempt. */
  readonly token: number;
  /** Folder of the item: absolute, or from the folder of the plan. */
  readonly cwd: string | undefined;
  readonly signal: AbortSignal;
  /** What the item did is to be taken back. Default `false`. */
  readonly again?: boolean;
}

/** What a run asks of its worktrees. */
export interface RunWorktrees {
  /** @throws SignalboxError `worktree_failed`, GitError, RepositoryLockError, UsageError, the signal's reason; nothing is left then */
  take(request: TakeWorktree): Promise<AttemptWorktree>;
  /** `declared` answers which of the paths the item had not said that it would touch. Never throws. */
  giveBack(
    worktree: AttemptWorktree,
    undeclared: (paths: readonly string[]) => readonly string[],
  ): Promise<WorktreeReport>;
  /** What came out of the items' worktrees that were given back, also in earlier processes of the run: of each item the latest first. */
  reports(): readonly WorktreeReport[];
  /** What dead processes of this run had left, and what became of it when this was opened. */
  readonly leftBefore: readonly WorktreeReport[];
  close(): Promise<void>;
}

/** What the worktrees of one run are opened with. */
export interface OpenRunWorktrees {
  readonly env: Env;
  readonly runId: string;
  /** The run from which it takes over what was done. Default none. */
  readonly earlierRunId?: string;
  /** Wins over the settings that were given beforehand. */
  readonly settings: WorktreeSettings;
  readonly onProblem: (problem: Error) => void;
  /** Items that will want one, as far as they are known: what none of them can have is refused before anything runs. Default none. */
  readonly items?: readonly { readonly key: string; readonly cwd: string | undefined }[];
}

/** Opens the worktrees of one run. */
export type ItemWorktrees = (run: OpenRunWorktrees) => Promise<RunWorktrees>;

export interface ItemWorktreesOptions extends WorktreeSettings {
  /** Folder for the worktrees and for the registries that say whose they are, such as `.signalbox/worktrees`. */
  readonly home: string;
  /** A folder of the repository, from which relative folders of items count. Default: the working folder of the process. */
  readonly folder?: string;
  /** Milliseconds to wait for the repository lock. Default 30,000. */
  readonly lockTimeoutMs?: number;
  /** Milliseconds to wait for ports that other worktrees have. Default ten minutes. */
  readonly portsTimeoutMs?: number;
}

/**
 * Worktrees for the items of runs that have `worktree: true`: the option `worktrees` of `createRun` and `resumeRun`.
 * A run that cannot have any (no repository, no room) does not start, and says why.
 */
export function itemWorktrees(options: ItemWorktreesOptions): ItemWorktrees {
  return async ({ env, runId, earlierRunId, settings, onProblem, items = [] }) => {
    const { home, folder = process.cwd(), lockTimeoutMs, portsTimeoutMs, ...own } = options;
    const wanted = { ...own, ...settings };
    const repository = await openRepository(folder, { env });
    const top = { repository: repository.topLevel, planFolder: realPathOf(folder) };
    for (const { cwd } of items) wayInRepository({ ...top, cwd });
    await checkBranchesOf(gitPort(env), repository.commonDir, runId);
    const registry = await openWorktreeRegistry({ directory: home, runId });
    try {
      const manager = new WorktreeManager({
        ...wanted,
        env,
        repository,
        registry,
        home,
        ...(lockTimeoutMs !== undefined && { lockTimeoutMs }),
        ...(portsTimeoutMs !== undefined && { portsTimeoutMs }),
        onNotice: ({ type, item, path, detail }) => {
          if (type === "worktree.orphaned" || type === "worktree.waiting")
            onProblem(new Error(`the worktree of ${item} at ${path}: ${detail}`));
        },
      });
      const dead = registry.entries().filter((entry) => isOfDead(entry, wanted));
      if (dead.some(isNotWhereItWas)) await manager.repair();
      const earlier = earlierRunId === undefined ? [] : await readRegistry(registryFile(home, earlierRunId));
      const worktrees = new ManagedWorktrees({
        manager,
        registry,
        settings: wanted,
        top,
        earlier: earlier ?? [],
      });
      await worktrees.settle(dead);
      return worktrees;
    } catch (error) {
      await registry.close();
      throw error;
    }
  };
}

/** Of a repository, or a state directory, that was moved since. */
function isNotWhereItWas(entry: WorktreeEntry): boolean {
  return !isThere(entry.repository) || !(isThere(entry.path) || isThere(goingPath(entry)));
}

/**
 * What a dead process has not given back. What was kept before is left alone: it waits for a person. Where all are kept, the look at its work
 * is the last thing that happens to one; elsewhere the process may have died between that and the removal.
 */
function isOfDead({ owner, status, work }: WorktreeEntry, { keep }: WorktreeSettings): boolean {
  const rests = keep === "always" && status === "ready" && work !== undefined;
  const isSettled = status === "removed" || status === "kept" || rests;
  return !isSettled && !sameOwner(owner, thisOwner()) && !mayLive(owner);
}

interface ManagedParts {
  readonly manager: WorktreeManager;
  readonly registry: WorktreeRegistry;
  readonly settings: WorktreeSettings;
  readonly top: { readonly repository: string | undefined; readonly planFolder: string };
  /** Of the run from which this one takes over what was done. */
  readonly earlier: readonly WorktreeEntry[];
}

class ManagedWorktrees implements RunWorktrees {
  readonly #manager: WorktreeManager;
  readonly #registry: WorktreeRegistry;
  readonly #settings: WorktreeSettings;
  readonly #top: ManagedParts["top"];
  readonly #earlier: readonly WorktreeEntry[];
  readonly leftBefore: WorktreeReport[] = [];

  constructor({ manager, registry, settings, top, earlier }: ManagedParts) {
    this.#manager = manager;
    this.#registry = registry;
    this.#settings = settings;
    this.#top = top;
    this.#earlier = earlier;
  }

  async take(request: TakeWorktree): Promise<AttemptWorktree> {
    const entry = await (request.again === true ? this.#again(request) : this.#anew(request));
    const { name, path, branch } = entry;
    const folder = placeIn(path, { ...this.#top, cwd: request.cwd });
    return { name, path, branch, base: entry.base, folder, variables: worktreeVariables(entry) };
  }

  /** R1. Of the other worktrees of another run nothing is known here. */
  async #anew({ item, run = this.#registry.runId, token, signal }: TakeWorktree): Promise<WorktreeEntry> {
    const { base } = this.#settings;
    const isLater = run !== this.#registry.runId || this.#registry.entries().some((entry) => entry.item === item);
    const later = { create: `signalbox/${plainWord(run)}/${plainWord(item)}.${token}` };
    return await this.#manager.create({
      item,
      signal,
      ...(base !== undefined && { base }),
      ...(isLater && { branch: later }),
    });
  }

  /** R4. */
  async #again({ item, signal }: TakeWorktree): Promise<WorktreeEntry> {
    const wereReady = this.#registry.entries().filter((entry) => entry.item === item && entry.wasReady);
    const left = wereReady.at(-1);
    if (left?.status === "kept" || left?.status === "ready") {
      // Moved, or held by somebody: what was committed there can still be taken back.
      const entry = await this.#manager.reuse(left.name, signal).catch(() => undefined);
      if (entry !== undefined) return entry;
    }
    const isWork = (entry: WorktreeEntry): boolean => entry.item === item && entry.wasReady && entry.forUndo !== true;
    const last = wereReady.findLast(isWork) ?? this.#earlier.findLast(isWork);
    const base = last === undefined ? this.#settings.base : (last.work?.commit ?? last.base);
    const isFree = last?.branch !== undefined && (await this.#manager.isFree(last.branch));
    return await this.#manager.create({
      item,
      signal,
      forUndo: true,
      branch: isFree ? { use: last.branch } : "detached",
      ...(base !== undefined && { base }),
    });
  }

  async giveBack(
    { name }: AttemptWorktree,
    undeclared: (paths: readonly string[]) => readonly string[],
  ): Promise<WorktreeReport> {
    return await this.#settle(name, undeclared);
  }

  reports(): readonly WorktreeReport[] {
    return reportsOf(this.#registry.entries());
  }

  close(): Promise<void> {
    return this.#registry.close();
  }

  /** R3. */
  async settle(dead: readonly WorktreeEntry[]): Promise<void> {
    for (const { name } of dead) this.leftBefore.push(await this.#settle(name, () => []));
  }

  async #settle(name: string, undeclared: (paths: readonly string[]) => readonly string[]): Promise<WorktreeReport> {
    const { keep = "work" } = this.#settings;
    // What git or the registry cannot tell now is not worth an item's outcome; the removal says what is wrong.
    await this.#manager.observe(name, undeclared).catch(() => undefined);
    if (keep === "always") {
      this.#manager.rest(name);
      return this.#reportOf(name, undefined);
    }
    const removal = await this.#manager
      .remove(name, { work: keep === "never" ? "save" : "keep" })
      .catch((error: unknown) => ({ remedy: messageOf(error) }));
    return this.#reportOf(name, removal?.remedy);
  }

  #reportOf(name: string, remedy: string | undefined): WorktreeReport {
    const entry = this.#registry.entry(name);
    assert(entry !== undefined, "a worktree was given back that is in no registry");
    return reportOf(entry, { remedy });
  }
}
