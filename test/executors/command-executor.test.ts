/** Goal: what a plan says reaches a command as it is, and nothing of it is run. Method: a real command that writes down what it got. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CommandBench } from "../support/commands.ts";

test("a matrix item finds its values in variables, untouched by the shell", async () => {
  await using commands = new CommandBench();
  const matrix = { node: 22, "os.name": "$(touch evil) `x` 'y'", flag: true };
  const seen = 'printf "%s|%s|%s" "$SIGNALBOX_MATRIX_NODE" "$SIGNALBOX_MATRIX_OS_NAME" "$SIGNALBOX_MATRIX_FLAG" > seen';
  expect(await commands.run(seen, { matrix })).toEqual({ kind: "done" });
  expect(readFileSync(join(commands.folder, "seen"), "utf8")).toBe("22|$(touch evil) `x` 'y'|true");
  expect(existsSync(join(commands.folder, "evil"))).toBe(false);
});
