/** MCP over the stdin and stdout of this process, for one client that has started it. */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { ToolCaller } from "./call-tool.ts";
import { mcpServer } from "./mcp-server.ts";

export interface McpConnection {
  /** Resolves when the client has gone: its end of either stream is closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** From now on stdout belongs to the protocol: nothing else may write to it. */
export function mcpOverStdio(version: string, caller: ToolCaller): McpConnection {
  const { stdin, stdout } = process;
  const ended = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) stdin.once(event, () => resolve());
    // Whoever read it is gone.
    stdout.once("error", () => resolve());
  });
  const connection = serveStdio(() => mcpServer(version, caller));
  return { ended, close: () => connection.close() };
}
