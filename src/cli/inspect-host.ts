/** `--inspect`: loads what it takes only when it is asked for, from a module of its own. */
import type { Env } from "../base/env.ts";
import { UsageError } from "../base/errors.ts";
import { siblingModule } from "../base/sibling.ts";
import type * as InspectServer from "./inspect-server.ts";

export const INSPECT_PORT_DEFAULT = 4748;

/** Serves a page on a port of this machine that shows runs. @throws UsageError when the port cannot be had */
export async function openInspection(env: Env, port: number): Promise<InspectServer.Inspection> {
  const { href } = siblingModule(import.meta.url, "inspect-server");
  const module = (await import(/* @vite-ignore */ href)) as typeof InspectServer & { default?: typeof InspectServer };
  // Of the bundle, which is CommonJS, everything is under `default`.
  const { serveInspection } = module.default ?? module;
  try {
    return await serveInspection(env, port);
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    const why =
      code === "EADDRINUSE"
        ? "something else listens there; give another one with --inspect=PORT, or 0 for any"
        : String(cause);
    throw new UsageError(`expected to listen on 127.0.0.1:${port}, but ${why}`, { cause });
  }
}
