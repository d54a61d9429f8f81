/** Stands beside the command line as a module of its own: most runs are not inspected, and do not read it. */
import type { Env } from "../base/env.ts";
import type { Run } from "../engine/run.ts";
import { Bridge } from "../inspect/watch/bridge.ts";
import { startInspectServer } from "../inspect/watch/server.ts";

/** @throws what Node says when the port cannot be had */
export async function serveInspection(
  env: Env,
  run: Run,
  port: number,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const bridge = new Bridge({ clock: env.clock });
  const server = await startInspectServer({ bridge, env, port });
  const unwatch = bridge.watch(run);
  return {
    url: server.url,
    stop: async () => {
      await server.close();
      unwatch();
    },
  };
}
