/**
 * Goal: `signalbox verify` says what was found in words that a person can follow, and ends with the code of the answer.
 * Method: what is printed about rules with a planted mistake; the rules themselves have none that could be shown.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { tellVerified } from "../../src/cli/commands/verify.ts";
import { definePlan } from "../../src/index.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { checkPlan } from "../../src/plan/check-plan.ts";
import { RUN_RULES, type SpecRules } from "../../src/verify/rules.ts";
import { verifyWith } from "../../src/verify/verify-plan.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const plan = definePlan({ name: "two", liveItemsMax: 1, tasks: { "a.b": { run: "x" }, c: { run: "x" } } });

const wrong: SpecRules = {
  ...RUN_RULES,
  step: (spec, state, event) => RUN_RULES.step({ ...spec, liveItemsMax: spec.liveItemsMax + 1 }, state, event),
};

async function told(
  rules: SpecRules,
  json: boolean,
  about: Plan = plan,
): Promise<{ readonly text: string; readonly code: number }> {
  let text = "";
  const stdout = { write: (more: string) => void (text += more), color: false };
  const result = await verifyWith(rules, about, { env: virtualEnv() });
  const code = tellVerified({ stdout } as never, { name: about.name, items: about.tasks.length, json }, result);
  return { text, code };
}

test("a counterexample is a numbered way in words, and the exit code is 1", async () => {
  const { text, code } = await told(wrong, false);
  expect(code).toBe(1);
  expect(text).toMatchInlineSnapshot(`
    "two: does not hold. 2 items, 20 promises.
      the first 9 states, with 12 steps between them.
      Ends that were seen: cancelled.
      One order stands for all of: (a.b, c).

    Expected: I5: live items never exceed the cap
      1. the run starts
      2. a.b starts (attempt 1)
      3. c starts (attempt 1)
    Then: the run is running; a.b claimed, c claimed
    The rules of signalbox allow this, and they should not: please report it with the plan.
    "
  `);
});

test("--json has the same steps, each with its event and item", async () => {
  const { text, code } = await told(wrong, true);
  expect(code).toBe(1);
  const { ok, counterexample } = JSON.parse(text);
  expect(ok).toBe(false);
  expect(counterexample.steps[1]).toEqual({ event: "claim", item: "a.b", words: "a.b starts (attempt 1)" });
});

test("what held ends with 0", async () => {
  const { text, code } = await told(RUN_RULES, false);
  expect(code).toBe(0);
  expect(text).toContain("two: holds. 2 items");
});

test("the sample of the guide is what is printed of its plan", async () => {
  const file = fileURLToPath(new URL("../../docs/guides/check.md", import.meta.url));
  const page = readFileSync(file, "utf8");
  const written = /```yaml file=pipeline\.yaml\n(.*?)```/s.exec(page)?.[1];
  const sample = /```text\n(pipeline: .*?)```/s.exec(page)?.[1];
  const { text } = await told(RUN_RULES, false, checkPlan(parse(written!)));
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, page.replace(sample!, text));
  expect(sample, "check.md is stale: run UPDATE_DOCS=1 npm test -- test/cli/verify.test.ts").toBe(text);
});
