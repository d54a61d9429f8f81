export type * from "./reason.ts";
export * from "./work-item.ts";
export * from "./run.ts";
export * from "./admission.ts";
export * from "./repository-lock.ts";
export * from "./worktree.ts";
export * from "./run-spec.ts";
export * from "./run-spec-edges.ts";
export * from "./run-spec-machine.ts";
