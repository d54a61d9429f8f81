/** `--inspect`, and `/inspect` of a board: loads what it takes only when it is asked for, from a module of its own. */
import type { Env } from "../base/env.ts";
import { UsageError } from "../base/errors.ts";
import { siblingModule } from "../base/sibling.ts";
import type { MountedInspection } from "../inspect/watch/mounted.ts";
import type * as InspectServer from "./inspect-server.ts";

export const INSPECT_PORT_DEFAULT = 4748;

/** Serves a page on a port of this machine that shows runs. @throws UsageError when the port cannot be had */
export async function openInspection(env: Env, port: number): Promise<InspectServer.Inspection> {
  const { serveInspection } = await load();
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

/** What shows the actors of a board's runs, at `/inspect` of its server. */
export async function inspectionOfBoard(env: Env): Promise<MountedInspection> {
  const { inspectionBeside } = await load();
  return inspectionBeside(env);
}

async function load(): Promise<typeof InspectServer> {
  const { href } = siblingModule(import.meta.url, "inspect-server");
  const module = (await import(/* @vite-ignore */ href)) as typeof InspectServer & { default?: typeof InspectServer };
  // Of the bundle, which is CommonJS, everything is under `default`.
  return module.default ?? module;
}
