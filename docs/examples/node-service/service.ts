/**
 * A service of your own with signalbox inside: `POST /orders` runs a plan in this process, and everything below `/api` is the
 * coordinator, where agents claim work items. One port, one process.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRun, definePlan, nodeEnv, type Run } from "signalbox";
import { openCoordinator, type CoordinatorServer } from "signalbox/server";

export interface Service {
  readonly url: string;
  readonly coordinator: CoordinatorServer;
  close(): Promise<void>;
}

const BODY_CHARS_MAX = 1_048_576;

/** Starts on this port; 0 takes any that is free. */
export async function startService(stateDir: string, port = 0): Promise<Service> {
  // Filled in when the port is known: a request that names another host is refused.
  const hosts = new Set<string>();
  const onProblem = (problem: Error): void => process.emitWarning(problem);
  const coordinator = await openCoordinator({ stateDir, env: nodeEnv(), hosts, version: "1", onProblem });
  const runs = new Set<Run>();
  const server = createServer((request, response) => {
    handle(coordinator, runs, request, response).catch((error: Error) => {
      onProblem(error);
      response.destroy();
    });
  });
  const taken = await listening(server, port);
  hosts.add(`127.0.0.1:${taken}`);
  return {
    url: `http://127.0.0.1:${taken}`,
    coordinator,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Nothing that a run started is left behind; what agents have claimed stays claimed.
      await Promise.all([...runs].map((run) => run.cancel("the service stops")));
      await coordinator.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What has to happen for one order: payment and stock side by side, then the parcel. */
function orderPlan(id: string): ReturnType<typeof definePlan> {
  return definePlan({
    name: `order-${id}`,
    onFailure: "rollback",
    tasks: {
      pay: { run: () => ({ receipt: `receipt-${id}` }), undo: () => undefined },
      reserve: { run: () => ({ shelf: 7 }), attemptsMax: 3, undo: () => undefined },
      ship: { needs: ["pay", "reserve"], run: ({ inputs }) => ({ parcel: `parcel-${id}`, with: inputs }) },
    },
  });
}

async function handle(
  coordinator: CoordinatorServer,
  runs: Set<Run>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const order = /^\/orders\/(\w+)$/.exec(request.url ?? "");
  if (request.method === "POST" && order !== null) {
    const run = createRun(orderPlan(order[1]!), { liveItemsMax: 2 });
    runs.add(run);
    try {
      const { outcome, snapshot } = await run.start();
      response.writeHead(outcome === "done" ? 200 : 500, { "content-type": "application/json" });
      response.end(JSON.stringify({ outcome, parcel: snapshot.items.get("ship")?.output ?? null }));
    } finally {
      runs.delete(run);
    }
    return;
  }
  await send(await coordinator.fetch(await webRequest(request)), response);
}

async function webRequest(request: IncomingMessage): Promise<Request> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, String(value));
  const method = request.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  const url = `http://${request.headers.host ?? "unknown"}${request.url ?? "/"}`;
  return new Request(url, { method, headers, ...(hasBody && { body: await bodyOf(request) }) });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  request.setEncoding("utf8");
  for await (const part of request) {
    body += String(part);
    // The coordinator refuses more than this anyway.
    if (body.length > BODY_CHARS_MAX) throw new Error("expected a shorter body");
  }
  return body;
}

/** The event stream of the coordinator goes on until its reader leaves. */
async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  const reader = answer.body?.getReader();
  response.once("close", () => void reader?.cancel().catch(() => {}));
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    const isTaken = response.write(part.value);
    // Who reads slowly is waited for.
    if (!isTaken && !response.destroyed) await once(response, "drain").catch(() => {});
  }
  response.end();
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
