import type { Env } from "../../base/env.ts";

/** What the board needs of the world around it. */
export type PageEnv = Pick<Env, "clock" | "timers">;
