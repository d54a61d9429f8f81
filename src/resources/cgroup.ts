/**
 * Memory limits that a container or a service manager puts on this process: control groups, version 2 and 1. A limit on any group
 * above counts as well. What the group has in use includes the page cache, which the kernel takes back when somebody needs memory;
 * a build that has read many files would look full without being so, so what can be taken back is subtracted.
 */
import type { ResourceSource } from "./source.ts";

export interface MemoryUse {
  /** Bytes that are in use and cannot simply be taken back. */
  readonly used: number;
  readonly max: number;
}

type Read = ResourceSource["readText"];

interface Version {
  readonly limit: string;
  readonly usage: string;
  /** Keys of `memory.stat` whose bytes can be taken back. */
  readonly reclaimable: readonly string[];
}

const V2: Version = {
  limit: "memory.max",
  usage: "memory.current",
  reclaimable: ["inactive_file", "active_file", "slab_reclaimable"],
};
const V1: Version = {
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  reclaimable: ["total_inactive_file", "total_active_file"],
};

/** Finds the groups of this process once; the answer reads their present use, of those that have a limit below `total`. */
export function memoryGroups(read: Read): (total: number) => MemoryUse[] {
  const groups = groupFolders(read);
  return (total) => groups.flatMap(({ folder, version }) => useOf(read, folder, version, total));
}

interface Group {
  readonly folder: string;
  readonly version: Version;
}

function groupFolders(read: Read): Group[] {
  const groups: Group[] = [];
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (controllers === "") {
      for (const root of ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]) groups.push(...foldersOf(read, root, path, V2));
    } else if (controllers.split(",").includes("memory"))
      groups.push(...foldersOf(read, "/sys/fs/cgroup/memory", path, V1));
  }
  return groups;
}

/** The group and all above it, as far as they show. In a container the path may be the host's, and only the root is there. */
function foldersOf(read: Read, root: string, path: string, version: Version): Group[] {
  const folders: Group[] = [];
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  for (let depth = names.length; depth >= 0; depth--) {
    const folder = [root, ...names.slice(0, depth)].join("/");
    if (read(`${folder}/${version.limit}`) !== undefined) folders.push({ folder, version });
  }
  return folders;
}

function useOf(read: Read, folder: string, version: Version, total: number): MemoryUse[] {
  // `max` and the greatest number of pages both stand for no limit.
  const max = wholeNumber(read(`${folder}/${version.limit}`));
  const usage = wholeNumber(read(`${folder}/${version.usage}`));
  if (max === undefined || usage === undefined || max <= 0 || max >= total) return [];
  const stat = read(`${folder}/memory.stat`) ?? "";
  const reclaimable = version.reclaimable.reduce((sum, key) => sum + statOf(stat, key), 0);
  return [{ used: Math.max(0, usage - reclaimable), max }];
}

function statOf(stat: string, key: string): number {
  const [, value] = new RegExp(`^${key} (\\d+)$`, "m").exec(stat) ?? [];
  return Number(value ?? 0);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
