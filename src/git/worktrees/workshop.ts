import type { Env } from "../../base/env.ts";
import type { Repository } from "../repository.ts";
import type { WorktreeEntry } from "./entry.ts";
import type { Git } from "./git-port.ts";
import { readMarker, type Marker } from "./marker.ts";
import type { WorktreeRegistry } from "./registry.ts";

/** What everything that makes, repairs and removes worktrees works with. */
export interface Workshop {
  readonly env: Env;
  readonly git: Git;
  readonly repository: Repository;
  readonly registry: WorktreeRegistry;
  /** The folder of worktrees and registries. */
  readonly home: string;
  /** Milliseconds to wait for the repository lock. */
  readonly lockTimeoutMs: number | undefined;
  /** Milliseconds to wait for ports. */
  readonly portsTimeoutMs: number | undefined;
  /** Whether the hooks of the repository run. */
  readonly hooks: boolean;
  readonly tell: (notice: WorktreeNotice) => void;
}

/** What happened to a worktree; each tells which run, item and path it is about. */
export interface WorktreeNotice {
  readonly type:
    | "worktree.waiting"
    | "worktree.created"
    | "worktree.removed"
    | "worktree.kept"
    | "worktree.orphaned"
    | "worktree.repaired";
  readonly runId: string;
  readonly item: string;
  readonly path: string;
  /** More about it, for people. */
  readonly detail?: string;
}

export function tell(shop: Workshop, type: WorktreeNotice["type"], entry: WorktreeEntry, detail?: string): void {
  const { runId, item, path } = entry;
  shop.tell({ type, runId, item, path, ...(detail === undefined ? {} : { detail }) });
}

/** What the marker of an entry is to say. What one that is there says of links and ports holds on: one that rests has no ports. */
export function markerOf(shop: Workshop, entry: WorktreeEntry, changes: Partial<Marker> = {}): Marker {
  const { name, path, owner, ports, repository } = entry;
  const { links, ports: portsNow } = readMarker(repository, name) ?? { links: undefined, ports };
  return {
    name,
    path,
    registry: shop.registry.file,
    owner,
    ports: portsNow,
    links,
    deletesBranch: false,
    ...changes,
  };
}

/** Does something that the repository's git files must not change under; nothing that takes long belongs here. */
export async function underLock<Answer>(
  shop: Workshop,
  purpose: string,
  work: (lease: { readonly id: string }) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  const lease = await shop.repository.lock({
    purpose,
    ...(signal === undefined ? {} : { signal }),
    ...(shop.lockTimeoutMs === undefined ? {} : { timeoutMs: shop.lockTimeoutMs }),
  });
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}
