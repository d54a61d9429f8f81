import type { TokenRole } from "../../client/local-server.ts";
import { mcpOverStdio } from "../../server/mcp/stdio.ts";
import type { CoordinatorOptions } from "../coordinator-client.ts";
import type { Command } from "../io.ts";
import { McpCoordinator } from "../mcp-coordinator.ts";
import { versionOfPackage } from "../version.ts";

export interface McpCommandOptions extends CoordinatorOptions {
  readonly role: TokenRole;
}

/** Speaks MCP on stdin and stdout, in front of a coordinator, until the client has gone or a signal comes. */
export const mcpCommand: Command<McpCommandOptions> = async (io, options) => {
  const coordinator = new McpCoordinator(io, options.role, options);
  const { url } = await coordinator.find();
  const stopped = new Promise<void>((resolve) => {
    const off = io.onSignal(() => {
      off();
      resolve();
    });
  });
  const whose = coordinator.isOwn ? "serving here, until this client goes" : "found";
  io.stderr.write(`signalbox mcp: ${url} (${whose}), role ${options.role}; stdin and stdout speak MCP\n`);
  const connection = mcpOverStdio(versionOfPackage(), coordinator);
  await Promise.race([connection.ended, stopped]);
  await connection.close();
  await coordinator.close();
  return 0;
};
