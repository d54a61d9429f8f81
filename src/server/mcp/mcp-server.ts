/** A server of the Model Context Protocol with the tools; whoever makes it says where their calls go. */
import { McpServer, type StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import { z } from "zod";
import { callTool, type ToolCaller } from "./call-tool.ts";
import { INSTRUCTIONS, TOOLS, type Tool } from "./tools.ts";

export function mcpServer(version: string, caller: ToolCaller): McpServer {
  const server = new McpServer(
    { name: "signalbox", title: "Signalbox", version },
    { instructions: INSTRUCTIONS, capabilities: { tools: { listChanged: false } } },
  );
  for (const tool of TOOLS) {
    const { name, title, description, readsOnly = false } = tool;
    const annotations = {
      readOnlyHint: readsOnly,
      destructiveHint: false,
      idempotentHint: readsOnly,
      openWorldHint: false,
    };
    server.registerTool(name, { title, description, inputSchema: shown(tool), annotations }, (given, context) =>
      callTool(tool, given, caller, context.mcpReq.signal),
    );
  }
  return server;
}

const schemas = new WeakMap<Tool, StandardSchemaWithJSON>();

/** The schema of the arguments to look at. `callTool` does the check, so that its refusal is a problem with a code like any other. */
function shown(tool: Tool): StandardSchemaWithJSON {
  const known = schemas.get(tool);
  if (known !== undefined) return known;
  const { $schema: _, ...json } = z.toJSONSchema(tool.input, { io: "input", override: shorter }) as Record<
    string,
    unknown
  >;
  const schema: StandardSchemaWithJSON = {
    "~standard": {
      version: 1,
      vendor: "signalbox",
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
  schemas.set(tool, schema);
  return schema;
}

/** The name of a format says it; its pattern would cost the model more to read than all the rest. */
function shorter({ jsonSchema }: { readonly jsonSchema: { format?: unknown; pattern?: unknown } }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
}
