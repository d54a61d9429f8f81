/** Goal: the fast and the portable runner keep the same promises. Method: one suite for both. */
import { describe } from "vitest";
import { commandRunnerConformance } from "./command-runner.ts";

describe.each(["fast", "portable"] as const)("the %s runner", (runner) => {
  commandRunnerConformance(runner);
});
