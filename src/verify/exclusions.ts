import { fileConflicts } from "../items/file-conflicts.ts";
import type { Plan } from "../plan/plan.ts";

/** Sets of items of which one at most is live, for their files overlap: a pool with one place for each set. */
export function exclusionsOf({ tasks, sharedFiles }: Plan): ReadonlySet<number>[] {
  const held = fileConflicts<number>({ ignoreCase: true, shared: sharedFiles });
  const itemsOfFiles = new Map<string, number[]>();
  for (const [item, { files }] of tasks.entries()) {
    if (files === undefined) continue;
    const same = itemsOfFiles.get(files.join("\0"));
    if (same === undefined) itemsOfFiles.set(files.join("\0"), [item]);
    else same.push(item);
  }
  const exclusions: Set<number>[] = [];
  for (const items of itemsOfFiles.values()) {
    const [first] = items;
    const files = held.read(tasks[first!]!.files!);
    if (files.length > 0 && items.length > 1) exclusions.push(new Set(items));
    for (const { item } of held.conflictsOf(first!, files))
      exclusions.push(new Set([...items, ...itemsOfFiles.get(tasks[item]!.files!.join("\0"))!]));
    held.hold(first!, files);
  }
  // One that another says already would only make items look different that are not.
  return exclusions.filter(
    (set) => !exclusions.some((other) => other.size > set.size && [...set].every((item) => other.has(item))),
  );
}
