import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { nodeEnv } from "../../src/base/node-env.ts";
import { serve, type ServedCoordinator, type ServeOptions } from "../../src/server/serve.ts";
import type { Role } from "../../src/server/tokens.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** What a test looks at is what it expects; a wrong shape fails there. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export interface Served {
  readonly server: ServedCoordinator;
  readonly stateDir: string;
  readonly problems: Error[];
  /** Sends a request with the token of this role; `undefined` as body: a GET. */
  readonly call: (
    role: Role | undefined,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
  /** Stops it and starts another one on the same state. */
  readonly restart: () => Promise<Served>;
}

/** A coordinator on a free port with a state directory of its own; gone when the test is. */
export async function served(options: Partial<ServeOptions> = {}): Promise<Served> {
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), "signalbox-served-"));
  const problems: Error[] = [];
  const onProblem = (problem: Error): void => void problems.push(problem);
  const server = await serve({ env: nodeEnv(), version: "0.0.0", port: 0, onProblem, ...options, stateDir });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await server.close();
    isOpen = false;
  };
  onTestFinished(async () => {
    await close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const call: Served["call"] = async (role, path, body, headers = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      headers: {
        ...(role !== undefined && { authorization: `Bearer ${server.tokens[role]}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  };
  return { server, stateDir, problems, call, restart: async () => (await close(), served({ ...options, stateDir })) };
}

/** Creates a work item as a planner does. */
export async function create(
  { call }: Pick<Served, "call">,
  item: object,
  headers = {},
): Promise<{ readonly id: string; readonly key: string; readonly seq: number }> {
  const { status, body } = await call("plan", "/api/work-items", item, headers);
  if (status !== 201) throw new Error(`expected a new work item, got ${status} ${JSON.stringify(body)}`);
  return body;
}
