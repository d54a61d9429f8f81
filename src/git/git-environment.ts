import { devNull } from "node:os";

/** The variable by which the processes of one lease are known; see `leftovers.ts`. */
export const LEASE_VARIABLE = "SIGNALBOX_GIT_LEASE";

const DROPPED: ReadonlySet<string> = new Set(["LANGUAGE", "SSH_ASKPASS", LEASE_VARIABLE]);

/**
 * What a git command of ours may see. Nothing of `GIT_*`: `GIT_DIR` and its kin make a command act on another repository than
 * the one it was started in. No prompt, no pager, no editor: nobody is there to answer. Messages in English, for people only.
 */
export function gitEnvironment(outer: NodeJS.ProcessEnv, lease: string | undefined): Record<string, string> {
  const inner: Record<string, string> = {};
  for (const [name, value] of Object.entries(outer)) {
    if (value === undefined || /^GIT_/i.test(name) || DROPPED.has(name)) continue;
    inner[name] = value;
  }
  Object.assign(inner, {
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "true",
    GIT_EDITOR: "true",
    GIT_PAGER: "cat",
    // A look at the status does not take the lock of the index, which a person's commit may need right now.
    GIT_OPTIONAL_LOCKS: "0",
  });
  if (lease !== undefined) inner[LEASE_VARIABLE] = lease;
  return inner;
}

/**
 * Settings that every command of ours has: nothing goes on in the background, no program of the repository's runs, and the objects
 * and refs that it writes are synced (before 2.36 git does not know these settings). Git's own default leaves them to the
 * file system, on macOS whatever is to be synced, while we remove worktrees on its word.
 */
export function gitSettings(hooks: boolean): string[] {
  const settings = [
    "core.fsmonitor=false",
    "core.quotePath=false",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.fsync=objects,reference",
    "core.fsyncMethod=fsync",
  ];
  if (!hooks) settings.push(`core.hooksPath=${devNull}`);
  return settings.flatMap((setting) => ["-c", setting]);
}
