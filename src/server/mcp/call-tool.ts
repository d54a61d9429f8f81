/** A call of a tool as a request to the coordinator, and its answer as the result. */
import type { CallToolResult } from "@modelcontextprotocol/server";
import { checked } from "../check.ts";
import { problemBody, ProblemError } from "../problem.ts";
import { adviceOn, UNREACHABLE } from "./advice.ts";
import type { Tool } from "./tools.ts";

/** The coordinator, wherever it is. */
export type Send = (request: Request) => Promise<Response>;

export interface ToolCaller {
  readonly send: Send;
  /** Where the paths of the tools begin. */
  readonly url: string;
  /** Token of whoever calls; what they may do is decided by the coordinator. */
  readonly token: string;
}

type Arguments = Readonly<Record<string, unknown>>;

/** Never throws: what goes wrong is a result that says so, with its code and what to do. */
export async function callTool(
  tool: Tool,
  given: unknown,
  caller: ToolCaller,
  signal: AbortSignal,
): Promise<CallToolResult> {
  try {
    const response = await caller.send(requestOf(tool, given, caller, signal));
    const text = await response.text();
    if (!response.ok) return failure(JSON.parse(text));
    if (text === "") return success({ item: null }, tool.nothing);
    const body: unknown = JSON.parse(text);
    return success(tool.listName === undefined ? body : { [tool.listName]: body });
  } catch (error) {
    return failure(error instanceof ProblemError ? problemBody(error) : unreachable(error));
  }
}

function success(structuredContent: unknown, text = JSON.stringify(structuredContent)): CallToolResult {
  return { content: [{ type: "text", text }], structuredContent };
}

/** @throws ProblemError `invalid_request` */
function requestOf(
  { method, path, input }: Tool,
  given: unknown,
  { url, token }: ToolCaller,
  signal: AbortSignal,
): Request {
  const { idempotency_key: key, ...others } = checked(input, given ?? {}, "arguments") as Arguments;
  const rest = new Map(Object.entries(others));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(segment(value));
  });
  const target = new URL(filled, url);
  if (method === "GET")
    for (const [name, value] of rest) if (value !== undefined) target.searchParams.set(name, wordOf(value));
  return new Request(target, {
    method,
    signal,
    redirect: "error",
    headers: {
      authorization: `Bearer ${token}`,
      ...(method === "POST" && { "content-type": "application/json" }),
      ...(key !== undefined && { "idempotency-key": wordOf(key) }),
    },
    ...(method === "POST" && { body: JSON.stringify(Object.fromEntries(rest)) }),
  });
}

/** One step of a path; these two would be read as another path. */
function segment(value: unknown): string {
  const word = wordOf(value);
  if (word === "." || word === "..")
    throw new ProblemError("not_found", "expected the id or key of a work item, got another");
  return word;
}

function wordOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function unreachable(error: unknown): object {
  const { cause } = error as { readonly cause?: unknown };
  const inner = cause instanceof Error ? cause : error;
  return { code: UNREACHABLE, detail: `expected an answer of the coordinator, got none: ${String(inner)}` };
}

function failure(problem: unknown): CallToolResult {
  const { code, detail } = problem as { readonly code?: unknown; readonly detail?: unknown };
  const advice = adviceOn(String(code));
  const text = `${String(code)}: ${String(detail)}\nWhat to do: ${advice}`;
  const structuredContent = { ...(problem as object), what_to_do: advice };
  return { isError: true, content: [{ type: "text", text }], structuredContent };
}
