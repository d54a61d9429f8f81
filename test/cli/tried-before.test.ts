/** What `show` says of items that were cancelled between two attempts, with the real program. */
import { expect, test } from "vitest";
import { cli } from "../e2e/support/cli.ts";
import { tempFolder } from "../e2e/support/temp-folder.ts";

test("show: what an item took that was cancelled between two attempts is its last attempt, not the pause after it", async () => {
  const cwd = tempFolder({
    "plan.yaml": `
groups: { g: { onError: failFast } }
tasks:
  again: { run: exit 1, attemptsMax: 2, backoff: { initial: 60s }, group: g }
  bad: { run: sleep 2; exit 3, group: g }
  live: { run: sleep 60, group: g }
`,
  });
  await cli(["run", "plan.yaml"], { cwd });
  const { stdout } = await cli(["show"], { cwd });
  const took = (item: string): string | undefined =>
    new RegExp(`^${item} +cancelled +1 +(\\S+ m?s)`, "m").exec(stdout)?.[1];
  expect(took("again"), stdout).toMatch(/^\d+ ms$/);
  expect(took("live"), stdout).toMatch(/^[2-9]\.?\d* s$/);
});
