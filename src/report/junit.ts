/** A run as JUnit XML, which CI systems show: an item is a test case. */
import { isoTime } from "../base/iso-time.ts";
import { markup } from "./markup.ts";
import { liveMsOf, type ReportedItem, type ReportedRun } from "./reported-run.ts";

export function* junitOf({ id, name, startedAt, endedAt, interrupted, items }: ReportedRun): Generator<string> {
  const cases = items.map((item) => ({ item, ...verdictOf(item, interrupted) }));
  const count = (kind: string): number => cases.filter((each) => each.kind === kind).length;
  const figures =
    `tests="${items.length}" failures="${count("failure")}" errors="${count("error")}" ` +
    `skipped="${count("skipped")}" time="${seconds(Math.max(0, (endedAt ?? startedAt) - startedAt))}"`;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="${xml(name)}" ${figures}>\n`;
  yield `<testsuite name="${xml(name)}" id="${xml(id)}" timestamp="${isoTime(startedAt)}" ${figures}>\n`;
  for (const each of cases) yield caseText(name, each);
  yield "</testsuite>\n</testsuites>\n";
}

interface Verdict {
  readonly kind: "passed" | "failure" | "error" | "skipped";
  readonly why: string;
}

function verdictOf({ status, why }: ReportedItem, interrupted: boolean): Verdict {
  switch (status) {
    case "done":
      return { kind: "passed", why: "" };
    case "failed":
      return { kind: "failure", why };
    case "claimed":
      return { kind: "error", why: interrupted ? "interrupted" : "still live" };
    case "cancelled":
      return { kind: "skipped", why };
    case "todo":
      return { kind: "skipped", why: why === "" ? "never ran" : why };
  }
}

function caseText(run: string, { item, kind, why }: Verdict & { readonly item: ReportedItem }): string {
  const { key, title, code, tail } = item;
  const name = title === undefined || title === key ? key : `${key}: ${title}`;
  const open = `<testcase classname="${xml(run)}" name="${xml(name)}" time="${seconds(liveMsOf(item))}"`;
  if (kind === "passed") return `${open}/>\n`;
  const printed = kind === "failure" ? xml(tail.join("\n")) : "";
  const inner =
    kind === "skipped"
      ? `<skipped message="${xml(why)}"/>`
      : `<${kind} message="${xml(why)}" type="${xml(code)}">${printed}</${kind}>`;
  return `${open}>${inner}</testcase>\n`;
}

function seconds(ms: number): string {
  return (Math.round(ms) / 1_000).toFixed(3);
}

/** In an attribute a line end would become a blank. */
function xml(text: string): string {
  return markup(text).replaceAll("\n", "&#10;");
}
