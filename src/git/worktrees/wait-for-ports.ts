/**
 * Who gets no ports waits for some: others give theirs back when they are done, or are kept. The worktree that waits is planned and
 * nothing more, and holds no lock.
 */
import { SignalboxError } from "../../base/errors.ts";
import type { WorktreeEntry } from "./entry.ts";
import { WORKTREE_LIMITS } from "./limits.ts";
import { readMarker, writeMarker } from "./marker.ts";
import { freePorts, type PortSettings } from "./port-ranges.ts";
import { processesInside } from "./processes.ts";
import { markerOf, tell, underLock, type Workshop } from "./workshop.ts";

const LOOK_MS = 250;

/** Does `work` until it answers: it answers `undefined` when there are no ports. @throws SignalboxError `worktree_failed`, the signal's reason */
export async function withPorts<Answer>(
  shop: Workshop,
  wanted: {
    readonly ports: PortSettings | undefined;
    readonly entry: WorktreeEntry;
    readonly signal: AbortSignal | undefined;
  },
  work: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const { entry, ports, signal } = wanted;
  const { portsTimeoutMs = WORKTREE_LIMITS.portsTimeoutMs } = shop;
  const startedAt = shop.env.clock.monotonic();
  for (let look = 0; ; look++) {
    const answer = await work();
    if (answer !== undefined) return answer;
    const range = `${ports?.count} free ports from ${ports?.first} to ${ports?.last}`;
    const waitedMs = Math.round(shop.env.clock.monotonic() - startedAt);
    if (waitedMs >= portsTimeoutMs) {
      throw new SignalboxError(
        "worktree_failed",
        `expected ${range} for ${entry.item}, but other worktrees of the repository had them all for ${waitedMs} ms; give more ports, or let fewer items be live at once`,
      );
    }
    if (look === 0) tell(shop, "worktree.waiting", entry, `other worktrees have ${range}: it waits for them`);
    await new Promise<void>((resolve) => void shop.env.timers.after(LOOK_MS, resolve));
    signal?.throwIfAborted();
  }
}

/** Ports of a worktree that rests are free for others, as long as nothing runs in it. Never throws: then it has them on. */
export function giveUpPorts(shop: Workshop, entry: WorktreeEntry): void {
  const { repository, name, path } = entry;
  try {
    const marker = readMarker(repository, name);
    if (marker?.ports === undefined || processesInside(path).length > 0) return;
    writeMarker(repository, { ...marker, ports: undefined });
  } catch {
    tell(
      shop,
      "worktree.kept",
      entry,
      "its ports stay with it: its marker in the git folder cannot be read or written",
    );
  }
}

/** The entry with ports that are its own again: those that it had, where nobody has them now, else others. */
export async function portsAgain(
  shop: Workshop,
  entry: WorktreeEntry,
  { ports, signal }: { readonly ports: PortSettings | undefined; readonly signal: AbortSignal | undefined },
): Promise<WorktreeEntry> {
  const { repository, name } = entry;
  if (ports === undefined || readMarker(repository, name)?.ports !== undefined) return entry;
  return await withPorts(shop, { ports, entry, signal }, () =>
    underLock(shop, `find ports for ${entry.item}`, async () => {
      const range = freePorts(repository, ports, entry.ports);
      if (range === undefined) return undefined;
      const changed = await shop.registry.note(name, { ports: range });
      writeMarker(repository, markerOf(shop, changed, { ports: range }));
      return changed;
    }),
  );
}
