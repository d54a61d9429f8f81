/**
 * Makes a worktree in two phases: under the repository lock git learns of it, without files; outside the lock it is checked
 * out and furnished, which takes long and disturbs nobody. What git did is judged by what is there then, not by how it ended:
 * a hook may make it say no although all is done, a signal may end it anywhere.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { SignalboxError } from "../../base/errors.ts";
import { failpoint } from "../../base/failpoint.ts";
import { harmless } from "../../base/harmless.ts";
import { adminEntries, adminEntry, adminFolder, isWhole } from "./admin-entry.ts";
import { takeAwayHalf } from "./clear-half.ts";
import type { WorktreeEntry, WorktreePlan } from "./entry.ts";
import { furnish, type Furnishing } from "./furnish.ts";
import type { GitAnswer } from "./git-port.ts";
import { lockReason } from "./inspect-worktree.ts";
import { linksToKeepOut, writeKeptOut } from "./kept-out.ts";
import { writeMarker } from "./marker.ts";
import { freePorts, type PortSettings } from "./port-ranges.ts";
import { withPorts } from "./wait-for-ports.ts";
import { makeOwnBranch } from "./branch.ts";
import { refTarget } from "./refs.ts";
import { repairRepository } from "./repair.ts";
import { markerOf, tell, underLock, type Workshop } from "./workshop.ts";

export interface Making {
  readonly plan: WorktreePlan;
  readonly furnishing: Furnishing;
  readonly ports: PortSettings | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How often git is asked to make one worktree. */
const ATTEMPTS_MAX = 4;

/** @throws SignalboxError `worktree_failed`, RepositoryLockError, the signal's reason; nothing is left of it then */
export async function makeWorktree(shop: Workshop, making: Making): Promise<WorktreeEntry> {
  const { plan, signal, furnishing } = making;
  const planned = await shop.registry.plan(plan);
  try {
    failpoint?.("worktree.planned");
    const entry = await introduce(shop, making);
    failpoint?.("worktree.check-out");
    await checkOut(shop, entry, signal);
    const made = await furnish(shop, entry, furnishing, signal);
    signal?.throwIfAborted();
    failpoint?.("worktree.ready");
    const ready = await shop.registry.record(plan.name, { type: "created", token: entry.token }, { made });
    tell(shop, "worktree.created", ready);
    return ready;
  } catch (error) {
    await takeAwayHalf(shop, shop.registry.entry(planned.name) ?? planned);
    throw error;
  }
}

/** Mends what dead processes left, then has git learn of the worktree. While others have all ports, it waits for some. */
async function introduce(shop: Workshop, making: Making): Promise<WorktreeEntry> {
  const { plan, ports, furnishing, signal } = making;
  const links = await linksToKeepOut(shop.git, furnishing.source, furnishing.links);
  const add = (lease: { readonly id: string }, later: Later): Promise<WorktreeEntry | undefined> =>
    addToGit(shop, { ...making, links }, lease, later);
  const known = shop.registry.entry(plan.name)!;
  return await withPorts(shop, { ports, entry: known, signal }, () => lockedAnd(shop, plan.item, add, signal));
}

type Later = (() => Promise<void>)[];

/** What takes long of a repair is done when the lock is given back. */
async function lockedAnd<Answer>(
  shop: Workshop,
  item: string,
  work: (lease: { readonly id: string }, later: Later) => Promise<Answer>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const later: Later = [];
  try {
    return await underLock(shop, `make a worktree for ${item}`, (lease) => work(lease, later), signal);
  } finally {
    for (const finish of later) await finish();
  }
}

/** Nothing is done, and `undefined` answered, when there are no ports. */
async function addToGit(
  shop: Workshop,
  { plan, ports, signal, links }: Making & { readonly links: readonly string[] },
  lease: { readonly id: string },
  later: Later,
): Promise<WorktreeEntry | undefined> {
  later.push(...(await repairRepository(shop, lease)).map(({ later: finish }) => finish));
  const range = ports === undefined ? undefined : freePorts(plan.repository, ports);
  if (ports !== undefined && range === undefined) return undefined;
  const facts = range === undefined ? {} : { ports: range };
  writeMarker(plan.repository, markerOf(shop, { ...shop.registry.entry(plan.name)!, ...facts }, { links }));
  if (links.length > 0) writeKeptOut(plan.repository);
  const entry = await shop.registry.record(plan.name, { type: "create", token: 1 }, facts);
  failpoint?.("worktree.add");
  mkdirSync(dirname(plan.path), { recursive: true });
  await settleBranch(shop, plan, lease);
  await addOrAgain(shop, plan, lease, signal);
  failpoint?.("worktree.added");
  return entry;
}

/**
 * A `git worktree prune` of somebody else, which asks nobody for the lock, may take away what git is just writing. Whatever git
 * says then, there is half an entry or none: it is taken away, and git is asked again.
 */
async function addOrAgain(
  shop: Workshop,
  plan: WorktreePlan,
  lease: { readonly id: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await shop.git(plan.repository, addCommand(plan), {
      operands: [plan.path, plan.branch ?? plan.base],
      hooks: shop.hooks,
      lease,
      signal,
    });
    const admin = adminEntry(plan.repository, plan.name);
    if (admin !== undefined && isWhole(admin, plan.path) && admin.head === headOf(plan)) return;
    if (attempt === ATTEMPTS_MAX || signal?.aborted === true) throw notMade(shop, plan, answer);
    for (const folder of [plan.path, adminFolder(plan.repository, plan.name)])
      rmSync(folder, { recursive: true, force: true });
  }
}

function addCommand({ name, branch }: WorktreePlan): string[] {
  const kind = branch === undefined ? ["--detach"] : [];
  return ["worktree", "add", "--no-checkout", "--lock", "--reason", lockReason(name), ...kind];
}

const headOf = ({ branch, base }: WorktreePlan): string => (branch === undefined ? base : `ref: refs/heads/${branch}`);

/** Makes the branch, or sees that it is there, before git says it in words that nobody should have to read. */
async function settleBranch(shop: Workshop, plan: WorktreePlan, lease: { readonly id: string }): Promise<void> {
  const { branch, item } = plan;
  if (branch === undefined) return;
  const exists = (await refTarget(shop.git, plan.repository, `refs/heads/${branch}`)) !== undefined;
  if (exists !== plan.ownBranch) return exists ? undefined : await makeOwnBranch(shop, plan, lease);
  const [wanted, got] = exists ? ["a new branch", "there is one"] : ["a branch", "there is none"];
  throw failed(
    `expected ${wanted} ${branch} for ${item}, but ${got}; give another name, or say whether it is to be made or used as it is`,
  );
}

/** Fills the worktree. Nobody else knows of it yet, so no lock is needed. */
async function checkOut(shop: Workshop, entry: WorktreeEntry, signal: AbortSignal | undefined): Promise<void> {
  const { hooks } = shop;
  const command = ["checkout", "--force", "--quiet", "--no-recurse-submodules", "HEAD", "--"];
  const answer = await shop.git(entry.path, command, { hooks, signal, lease: { id: entry.name } });
  const { folder } = adminEntry(entry.repository, entry.name) ?? { folder: "" };
  const isDone = existsSync(join(folder, "index")) && !existsSync(join(folder, "index.lock"));
  if (isDone && (answer.exitCode === 0 || (await isUnchanged(shop, entry)))) return;
  throw failed(
    `expected git to check out ${entry.branch ?? entry.base} for ${entry.item}, but it ${endOf(answer)}; see that there is room on the disk and that the filters of the repository work`,
  );
}

async function isUnchanged(shop: Workshop, { path }: WorktreeEntry): Promise<boolean> {
  const status = await shop.git(path, ["status", "--porcelain", "--untracked-files=no"]);
  return status.exitCode === 0 && status.stdout === "";
}

function notMade(shop: Workshop, plan: WorktreePlan, answer: GitAnswer): SignalboxError {
  const broken = adminEntries(shop.repository.commonDir).find((entry) => !entry.readable && entry.name !== plan.name);
  const advice =
    broken === undefined
      ? "see `signalbox worktrees doctor`"
      : `git cannot read ${join(broken.folder, "commondir")}, which is empty and not ours: write ../.. into it, or run \`signalbox worktrees doctor\``;
  return failed(`expected git to make a worktree for ${plan.item} at ${plan.path}, but it ${endOf(answer)}; ${advice}`);
}

function endOf({ exitCode, stderr }: GitAnswer): string {
  const said = harmless(stderr.trim(), { lines: true });
  const how = exitCode === undefined ? "was killed" : `ended with ${exitCode}`;
  return said === "" ? `${how} and said nothing` : `${how}: ${said}`;
}

const failed = (message: string): SignalboxError => new SignalboxError("worktree_failed", message);
