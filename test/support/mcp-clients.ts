/** Clients of the protocol as others have written them, behind one face. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldStdioTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as OldHttpTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { onTestFinished } from "vitest";

export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  /** What a test looks at is what it expects; a wrong shape fails there. */
  readonly data: ReturnType<typeof JSON.parse>;
}

export interface McpClient {
  readonly instructions: string | undefined;
  /** Revision of the protocol that both sides speak; the old client does not tell. */
  readonly revision: string | undefined;
  /** Of the program that was started. */
  readonly pid: number | undefined;
  readonly tools: () => Promise<readonly { name: string; description?: string | undefined; inputSchema: object }[]>;
  readonly call: (name: string, input?: object) => Promise<ToolAnswer>;
  readonly close: () => Promise<void>;
}

/** Where a server is: at an address, or a program to start. */
export type McpPlace =
  | { readonly url: string; readonly token?: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly command: string; readonly args: readonly string[]; readonly cwd: string };

/** The released client of the new line, with the protocol of 2026 and of 2025, and that of the old line. */
export const CLIENTS = ["v2, protocol of 2026", "v2, protocol of 2025", "v1"] as const;
export type ClientKind = (typeof CLIENTS)[number];

const who = { name: "test", version: "1.0.0" };

/** Connected; closed when the test is over. */
export async function mcpClient(kind: ClientKind, place: McpPlace): Promise<McpClient> {
  const made = kind === "v1" ? await oldClient(place) : await newClient(kind, place);
  onTestFinished(() => made.close());
  return made;
}

async function newClient(kind: ClientKind, place: McpPlace): Promise<McpClient> {
  const mode = kind === "v2, protocol of 2026" ? ("auto" as const) : ("legacy" as const);
  const client = new Client(who, { versionNegotiation: { mode } });
  const transport =
    "url" in place
      ? new StreamableHTTPClientTransport(new URL(`${place.url}/mcp`), { requestInit: { headers: headersOf(place) } })
      : new StdioClientTransport({ ...place, args: [...place.args], stderr: "pipe" });
  await client.connect(transport);
  return {
    instructions: client.getInstructions(),
    revision: client.getNegotiatedProtocolVersion(),
    pid: "pid" in transport ? (transport.pid ?? undefined) : undefined,
    tools: async () => (await client.listTools()).tools,
    call: async (name, input = {}) =>
      answerOf(await client.callTool({ name, arguments: input as Record<string, unknown> })),
    close: () => client.close(),
  };
}

async function oldClient(place: McpPlace): Promise<McpClient> {
  const client = new OldClient(who);
  const transport =
    "url" in place
      ? new OldHttpTransport(new URL(`${place.url}/mcp`), { requestInit: { headers: headersOf(place) } })
      : new OldStdioTransport({ ...place, args: [...place.args], stderr: "pipe" });
  await client.connect(transport);
  return {
    instructions: client.getInstructions(),
    revision: undefined,
    pid: "pid" in transport ? (transport.pid ?? undefined) : undefined,
    tools: async () => (await client.listTools()).tools,
    call: async (name, input = {}) =>
      answerOf(await client.callTool({ name, arguments: input as Record<string, unknown> })),
    close: () => client.close(),
  };
}

function headersOf({
  token,
  headers,
}: {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}) {
  return { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers };
}

function answerOf(result: object): ToolAnswer {
  const { isError, content, structuredContent } = result as {
    readonly isError?: boolean;
    readonly content: readonly { readonly text?: string }[];
    readonly structuredContent?: unknown;
  };
  return { isError: isError === true, text: content[0]?.text ?? "", data: structuredContent };
}
