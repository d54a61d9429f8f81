/**
 * Goal: the page that says what a failure comes to under every policy says what the engine does.
 * Method: its tables are generated from the specification and compared with the page; `UPDATE_DOCS=1 npm test` writes what
 * differs. Each row is then played on the engine, event by event.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { initialRunSpecState, stepRunSpec } from "../../machines/run-spec.ts";
import { OUTCOME_EXITS } from "../../src/cli/run-session.ts";
import type { RunOutcome } from "../../src/items/status.ts";
import { ClaimedRun, claimedSpec, toldBy } from "../support/claimed-run.ts";
import { restOf } from "../support/spec-paths.ts";
import { played, ROWS, specOf, truthTable } from "../support/truth-table.ts";

const page = new URL("../../docs/reference/failure-policies.md", import.meta.url);
const block = /(<!-- failure policy ([\w-]+) -->\n)[\s\S]*?(<!-- \/failure policy -->)/g;
const policies = ["isolate", "fail-fast", "rollback"] as const;
const exitOf = (outcome: string): number => OUTCOME_EXITS[outcome as RunOutcome];

test("the tables of failure policies are those of the specification", () => {
  const text = readFileSync(page, "utf8");
  const shown: string[] = [];
  const fresh = text.replaceAll(block, (_all, begin: string, name: string, end: string) => {
    shown.push(name);
    const policy = policies.find((each) => each === name);
    if (policy === undefined) throw new Error(`expected one of ${policies.join(", ")}, got ${name}`);
    return `${begin}\n${truthTable(policy, exitOf)}\n\n${end}`;
  });
  expect(shown).toEqual(policies);
  if (process.env["UPDATE_DOCS"] === "1" && fresh !== text) writeFileSync(page, fresh);
  else expect(fresh, "failure-policies.md is stale: run UPDATE_DOCS=1 npm test -- test/models").toBe(text);
});

describe.each(policies)("%s", (onFailure) => {
  // Nobody is told to stop who is outside: for these items a timeout is a failure.
  const rows = ROWS.filter(({ events }) => !events.some(({ type }) => type === "timeout"));

  test.each(rows)("$what: so it is on the engine", async (row) => {
    const spec = claimedSpec(specOf(row, onFailure));
    const run = new ClaimedRun(spec);
    let state = initialRunSpecState(spec);
    for (const event of played(row, spec).events) {
      await run.take(event, "report");
      state = stepRunSpec(spec, state, event)!;
      expect(run.told()).toEqual(toldBy(restOf(spec, state)));
    }
  });
});
