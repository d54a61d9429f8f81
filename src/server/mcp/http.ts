/**
 * MCP over streamable HTTP, at `/mcp` of a coordinator, for clients of the protocol of 2026 and of those before it.
 *
 * Every request stands for itself: there is no session, so nothing of one is kept or can be taken over. A call of a tool goes to the
 * routes with the token that came with it.
 */
import { createMcpHandler, type AuthInfo } from "@modelcontextprotocol/server";
import { LIMITS } from "../../base/limits.ts";
import { ProblemError } from "../problem.ts";
import { readJson } from "../read-body.ts";
import type { Send } from "./call-tool.ts";
import { mcpServer } from "./mcp-server.ts";

/** A handler of requests that are admitted already; `send` answers what the tools ask. */
export function mcpHandler(version: string, send: Send): (request: Request) => Promise<Response> {
  const handler = createMcpHandler(
    ({ requestInfo, authInfo }) =>
      mcpServer(version, { send, url: requestInfo?.url ?? "http://localhost", token: authInfo?.token ?? "" }),
    { maxSubscriptions: LIMITS.streamsMax },
  );
  return async (request) => {
    const parsedBody = request.method === "POST" ? await readJson(request) : undefined;
    if (Array.isArray(parsedBody) && parsedBody.length > LIMITS.mcpBatchMax)
      throw new ProblemError("too_large", `expected at most ${LIMITS.mcpBatchMax} calls in one request, got more`);
    const token = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const authInfo: AuthInfo = { token, clientId: "", scopes: [] };
    return handler.fetch(request, { authInfo, ...(parsedBody !== undefined && { parsedBody }) });
  };
}
