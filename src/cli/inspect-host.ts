/** `--inspect`: loads what it takes only when it is asked for, from a module of its own. */
import type { Env } from "../base/env.ts";
import { UsageError } from "../base/errors.ts";
import { siblingModule } from "../base/sibling.ts";
import type { Run } from "../engine/run.ts";
import type * as InspectServer from "./inspect-server.ts";

export const INSPECT_PORT_DEFAULT = 4748;

export interface Inspecting {
  /** Address of the page, with its token. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves what the run's actors do, on a port of this machine. @throws UsageError when the port cannot be had */
export async function inspectRun(env: Env, run: Run, port: number): Promise<Inspecting> {
  const { href } = siblingModule(import.meta.url, "inspect-server");
  const module = (await import(/* @vite-ignore */ href)) as typeof InspectServer & { default?: typeof InspectServer };
  // Of the bundle, which is CommonJS, everything is under `default`.
  const { serveInspection } = module.default ?? module;
  try {
    return await serveInspection(env, run, port);
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    const why =
      code === "EADDRINUSE"
        ? "something else listens there; give another one with --inspect=PORT, or 0 for any"
        : String(cause);
    throw new UsageError(`expected to listen on 127.0.0.1:${port}, but ${why}`, { cause });
  }
}
