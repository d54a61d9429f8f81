import { checkName, within, type Checking } from "./checking.ts";
import type { Draft, GroupValue, GroupValues } from "./draft.ts";
import type { Step } from "./findings.ts";
import { describe, isMap, quote } from "./names.ts";

/** Groups inside each other at most: what happens to a member is told to each group around it. */
const GROUP_DEPTH_MAX = 64;

/** Checks each group by its keys; `checkOne` knows them. */
export function checkGroups(
  { findings }: Checking,
  value: unknown,
  checkOne: (group: unknown) => GroupValue | undefined,
): GroupValues | undefined {
  if (!isMap(value)) {
    findings.add("a map from the name of a group to its keys", describe(value), "write for example { checks: {} }");
    return undefined;
  }
  const groups: Record<string, GroupValue> = Object.create(null);
  for (const name of Object.keys(value)) {
    if (value[name] === undefined) continue;
    groups[name] = within(findings, name, () => {
      checkName(findings, name, "a group");
      return checkOne(value[name]) ?? {};
    });
  }
  return groups;
}

/** Whether a group of this name is there; if not, that is noted. */
export function checkGroupName(
  { findings, suggester }: Checking,
  steps: readonly Step[],
  name: string,
  groups: GroupValues = {},
): boolean {
  if (Object.hasOwn(groups, name)) return true;
  const near = suggester.nearest(name, Object.keys(groups));
  const fix = near === undefined ? "add it under `groups`" : `did you mean \`${near}\`?`;
  findings.addAt(steps, "the name of a group", quote(name), fix);
  return false;
}

/** What groups say of each other and of tasks. */
export function checkGroupsAcross(checking: Checking, groups: GroupValues, drafts: readonly Draft[]): void {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  for (const name of Object.keys(groups)) {
    const { race, group } = groups[name]!;
    if (group !== undefined && checkGroupName(checking, ["groups", name, "group"], group, groups))
      checkNesting(checking, groups, name);
    if (race !== undefined) checkRace(checking, name, race, byId);
  }
}

function checkNesting({ findings }: Checking, groups: GroupValues, name: string): void {
  const path = [name];
  let around = groups[name]!.group;
  while (around !== undefined && around !== name && path.length <= GROUP_DEPTH_MAX && Object.hasOwn(groups, around)) {
    path.push(around);
    around = groups[around]!.group;
  }
  const steps = ["groups", name, "group"];
  if (around === name) {
    const got = [...path, name].join(" -> ");
    findings.addAt(steps, "groups that are not inside themselves", got, "remove one of these `group` keys");
  } else if (path.length > GROUP_DEPTH_MAX) {
    findings.addAt(steps, `at most ${GROUP_DEPTH_MAX} groups inside each other`, "more", "use fewer");
  }
}

function checkRace(
  { findings, suggester }: Checking,
  name: string,
  race: string,
  byId: ReadonlyMap<string, Draft>,
): void {
  const draft = byId.get(race);
  if (draft?.values.join === "any" && draft.values.matrix === undefined) return;
  const near = draft === undefined ? suggester.nearest(race, byId.keys()) : undefined;
  findings.addAt(
    ["groups", name, "race"],
    "the id of a task with `join: any` and without a matrix",
    quote(race),
    near === undefined ? "add such a task" : `did you mean \`${near}\`?`,
  );
}
