/** `signalbox verify` as a user has it: what is printed, where it goes, and the exit code. */
import { expect, test } from "vitest";
import { cli } from "./support/cli.ts";
import { tempFolder } from "./support/temp-folder.ts";

const plan = JSON.stringify({
  name: "diamond",
  liveItemsMax: 2,
  tasks: {
    a: { run: "touch ran" },
    b: { run: "true", needs: ["a"] },
    c: { run: "true", needs: ["a"] },
    d: { run: "true", needs: ["b", "c"] },
  },
});

test("a plan that holds: what was looked at on stdout, nothing run, exit 0", async () => {
  const cwd = tempFolder({ "plan.json": plan });
  const { code, stdout, stderr } = await cli(["verify", "plan.json"], { cwd });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(
    /^diamond: holds\. 4 items, \d+ promises\.\n {2}all \d+ states, with \d+ steps between them\.\n/,
  );
  expect(stderr).toBe("");
  expect((await cli(["runs"], { cwd })).stdout).not.toContain("diamond");
});

test("--json is one document, and a limit is told as one", async () => {
  const cwd = tempFolder({ "plan.json": plan });
  const { code, stdout } = await cli(["verify", "plan.json", "--states-max", "30", "--seed", "9", "--json"], { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    complete: false,
    seed: 9,
    worlds: [{ name: "run", limit: "states", walks: 1_000 }],
    counterexample: null,
  });
});

test("a plan that is none ends with 3, a limit that is none with 2", async () => {
  const cwd = tempFolder({ "plan.json": '{"tasks":{"a":{"needs":["b"]}}}', "good.json": plan });
  expect((await cli(["verify", "plan.json"], { cwd })).code).toBe(3);
  expect((await cli(["verify", "good.json", "--states-max", "0"], { cwd })).code).toBe(2);
});
