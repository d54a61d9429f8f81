import type { JsonScalar } from "../../base/json.ts";
import type { NeedNames } from "./check-collection.ts";
import type { Checking } from "./checking.ts";
import { within } from "./checking.ts";
import type { Check } from "./check-scalar.ts";
import type { TaskValues, WhenValues } from "./draft.ts";
import type { Findings } from "./findings.ts";
import { describe, isMap, quote } from "./names.ts";

/** Values that one need may be compared with. */
export const WHEN_VALUES_MAX = 100;

export const checkWhen: Check<"when"> = ({ findings }, value): WhenValues | undefined => {
  if (!isMap(value) || Object.keys(value).length === 0) {
    findings.add("a map from a need to the value of its output", describe(value), "write for example { lint: true }");
    return undefined;
  }
  const when = new Map<string, readonly JsonScalar[]>();
  for (const name of Object.keys(value)) {
    const values = within(findings, name, () => wantedValues(findings, value[name]));
    if (values !== undefined) when.set(name, values);
  }
  return when;
};

function wantedValues(findings: Findings, value: unknown): readonly JsonScalar[] | undefined {
  if (isScalar(value)) return Object.freeze([value]);
  const values: readonly unknown[] = Array.isArray(value) ? value : [];
  if (values.length > 0 && values.length <= WHEN_VALUES_MAX && values.every(isScalar))
    return Object.freeze([...values]);
  findings.add(
    `text, a number, true, false or null, or a list of 1 to ${WHEN_VALUES_MAX} of them`,
    describe(value),
    "write the value that the need's output is compared with",
  );
  return undefined;
}

function isScalar(value: unknown): value is JsonScalar {
  return (
    value === null ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value))
  );
}

/** Only outputs of needs are there when the item is judged. */
export function checkWhenAcross(
  { findings, suggester }: Checking,
  id: string,
  when: WhenValues,
  needs: NeedNames | undefined,
): void {
  for (const name of when.keys()) {
    if (needs?.names.includes(name) === true) continue;
    const names = (needs?.names ?? []).filter((need) => typeof need === "string");
    const near = suggester.nearest(name, names);
    const fix = near === undefined ? "add it to `needs`, written in the same way" : `did you mean \`${near}\`?`;
    findings.addAt(["tasks", id, "when", name], "a need of this task", quote(name), fix, "key");
  }
}

/** Keys that speak of an attempt, which a join never has. */
const OF_ATTEMPTS = [
  "run",
  "prepare",
  "verify",
  "undo",
  "attemptsMax",
  "backoff",
  "timeout",
  "deadline",
  "uses",
  "files",
  "env",
  "cwd",
  "worktree",
] as const satisfies readonly (keyof TaskValues)[];

/** A join does nothing itself, and `any` has to have something that it can wait for. */
export function checkJoin({ findings }: Checking, id: string, values: TaskValues): void {
  for (const key of OF_ATTEMPTS) {
    if (values[key] === undefined) continue;
    findings.addAt(
      ["tasks", id, key],
      "no such key beside `join`",
      key,
      "remove one of the two: a join runs nothing",
      "key",
    );
  }
  if (values.join === "any" && (values.needs?.names.length ?? 0) === 0) {
    findings.addAt(["tasks", id, "join"], "at least one need for `join: any`", "none", "add `needs`");
  }
}
