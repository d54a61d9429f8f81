/** A run as JUnit XML, which CI systems show: an item is a test case. */
import { harmless } from "../../base/harmless.ts";
import { failureTail } from "../view/failure.ts";
import { formatTime } from "../view/format.ts";
import { describeReason } from "../view/reason.ts";
import type { ExportedItem, RunHistory } from "./history.ts";

export function* junitOf({ summary, items, plan, interrupted }: RunHistory): Generator<string> {
  const cases = items.map((item) => ({ item, ...verdictOf(item, interrupted) }));
  const count = (kind: string): number => cases.filter((each) => each.kind === kind).length;
  const { startedAt, finishedAt, createdAt } = summary;
  const ms = Math.max(0, (finishedAt ?? startedAt ?? createdAt) - (startedAt ?? createdAt));
  const figures =
    `tests="${items.length}" failures="${count("failure")}" errors="${count("error")}" ` +
    `skipped="${count("skipped")}" time="${seconds(ms)}"`;
  const name = xml(summary.name);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="${name}" ${figures}>\n`;
  yield `<testsuite name="${name}" id="${summary.id}" timestamp="${formatTime(startedAt ?? createdAt)}" ${figures}>\n`;
  for (const each of cases) yield caseText(summary.name, plan.tasks[each.item.number]!.title, each);
  yield "</testsuite>\n</testsuites>\n";
}

interface Verdict {
  readonly kind: "passed" | "failure" | "error" | "skipped";
  readonly why: string;
}

function verdictOf({ row }: ExportedItem, interrupted: boolean): Verdict {
  const why = row?.reason === undefined ? "" : describeReason(row.reason);
  switch (row?.status) {
    case "done":
      return { kind: "passed", why: "" };
    case "failed":
      return { kind: "failure", why };
    case "claimed":
      return { kind: "error", why: interrupted ? "interrupted" : "still live" };
    case "cancelled":
      return { kind: "skipped", why };
    default:
      return { kind: "skipped", why: why === "" ? "never ran" : why };
  }
}

function caseText(
  run: string,
  title: string | undefined,
  { item, kind, why }: Verdict & { readonly item: ExportedItem },
): string {
  const { key, row, attempts } = item;
  const ms = attempts.reduce((sum, { from, to }) => sum + to - from, 0);
  const name = title === undefined || title === key ? key : `${key}: ${title}`;
  const open = `<testcase classname="${xml(run)}" name="${xml(name)}" time="${seconds(ms)}"`;
  if (kind === "passed") return `${open}/>\n`;
  const code = xml(row?.reason?.code ?? "");
  const tail = kind === "failure" ? xml(failureTail(row?.reason).join("\n")) : "";
  const inner =
    kind === "skipped"
      ? `<skipped message="${xml(why)}"/>`
      : `<${kind} message="${xml(why)}" type="${code}">${tail}</${kind}>`;
  return `${open}>${inner}</testcase>\n`;
}

function seconds(ms: number): string {
  return (Math.round(ms) / 1_000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
};

/** A text that may stand in XML, in an attribute too: XML cannot hold control characters at all. */
function xml(text: string): string {
  return harmless(text, { lines: true }).replaceAll(/[&<>"'\n]/g, (character) => ENTITIES[character]!);
}
