import { SignalboxError } from "../base/errors.ts";
import type { WorktreeRegistry } from "./worktrees/registry.ts";

const refuse = (): never => {
  throw new SignalboxError("internal", "expected a registry of a run, got none");
};

/** Whoever mends for everybody has no run. */
export const NO_RUN: WorktreeRegistry = {
  runId: "",
  file: "",
  plan: refuse,
  record: refuse,
  note: refuse,
  entry: () => undefined,
  entries: () => [],
  close: async () => {},
};
