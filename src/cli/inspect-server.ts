/** Stands beside the command line as a module of its own: most runs are not inspected, and do not read it. */
import type { Env } from "../base/env.ts";
import type { Run } from "../engine/run.ts";
import { Bridge } from "../inspect/watch/bridge.ts";
import { mountInspection, type MountedInspection } from "../inspect/watch/mounted.ts";
import { startInspectServer } from "../inspect/watch/server.ts";

export interface Inspection {
  /** Address of the page, with its token. */
  readonly url: string;
  /** Shows a run. Answers what ends that. */
  watch(run: Run): () => void;
  /** Sends what is under way, and ends. */
  stop(): Promise<void>;
}

/** @throws what Node says when the port cannot be had */
export async function serveInspection(env: Env, port: number): Promise<Inspection> {
  const bridge = new Bridge({ clock: env.clock });
  const server = await startInspectServer({ bridge, env, port });
  return { url: server.url, watch: (run) => bridge.watch(run), stop: () => server.close() };
}

/** What shows the actors below a path of the board's own server. */
export function inspectionBeside(env: Env): MountedInspection {
  return mountInspection({ env, base: "/inspect" });
}
