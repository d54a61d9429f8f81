export * from "./reason.ts";
export * from "./work-item.ts";
export * from "./run.ts";
