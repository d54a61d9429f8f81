/** Agents that claim the next item and complete it, over HTTP on this machine, each on a connection of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpConnection } from "../harness/http-connection.ts";
import { startServerChild, type ServerChild } from "../harness/server-child.ts";
import { numberParam, type Extra, type Prepared, type VariantParams } from "../harness/variant.ts";

/** Items that are there before the measuring begins, for each request for the plan that loads them. */
const LOADED_AT_ONCE = 2_000;
const sourceFolder = join(import.meta.dirname, "../../../src");

export async function raw(params: VariantParams): Promise<Prepared> {
  const server = await startServerChild(join(import.meta.dirname, "http-raw-server.ts"), []);
  return { run: () => load(server, "none", params), close: () => server.stop() };
}

export async function signalbox(params: VariantParams): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  const args = ["serve", "--json", "--port", "0", "--state-dir", join(folder, "state")];
  const server = await startServerChild(join(sourceFolder, "cli/main.ts"), args);
  const tokens = JSON.parse(readFileSync(join(folder, "state/server-tokens.json"), "utf8")) as {
    readonly plan: string;
  };
  await addItems(server, tokens.plan, numberParam(params, "items") + numberParam(params, "warm"));
  const close = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { run: () => load(server, tokens.plan, params), close };
}

async function addItems({ port }: ServerChild, token: string, items: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const projects = await fetch(`http://127.0.0.1:${port}/api/projects`, { headers });
  const [project] = (await projects.json()) as readonly { readonly id: string }[];
  for (let first = 0; first < items; first += LOADED_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(LOADED_AT_ONCE, items - first) }, (_, n) => first + n);
    const tasks = Object.fromEntries(numbers.map((n) => [`i${n}`, { title: `Item ${n}` }]));
    const response = await fetch(`http://127.0.0.1:${port}/api/projects/${project!.id}/plans`, {
      method: "POST",
      headers,
      body: JSON.stringify({ tasks }),
    });
    if (response.status !== 201) throw new Error(`expected 201, got ${response.status}: ${await response.text()}`);
    await response.text();
  }
}

async function load(server: ServerChild, token: string, params: VariantParams): Promise<Extra> {
  const agents = Array.from({ length: numberParam(params, "agents") }, () => new HttpConnection(server.port, token));
  await race(agents, numberParam(params, "warm"));
  const items = numberParam(params, "items");
  const cpuBefore = server.cpuMs();
  const began = performance.now();
  const { claimMs, completeMs } = await race(agents, items);
  const seconds = (performance.now() - began) / 1_000;
  const cpuUs = ((server.cpuMs() - cpuBefore) * 1_000) / (2 * items);
  for (const agent of agents) agent.close();
  const at = (times: number[], part: number): number => times.sort((a, b) => a - b)[Math.floor(times.length * part)]!;
  return {
    requestsPerS: (2 * items) / seconds,
    cpuUs,
    p50Ms: at(claimMs, 0.5),
    claimP99Ms: at(claimMs, 0.99),
    completeP99Ms: at(completeMs, 0.99),
    rssMb: server.rssMb(),
  };
}

const ID = /"id":"([^"]+)"/;
const TOKEN = /"fencing_token":(\d+)/;

/** What an agent needs of a claim. To read all of it would take as long as everything else that the agent does. */
function claimIn(body: string): { readonly id: string; readonly token: string } {
  const id = ID.exec(body)?.[1];
  const token = TOKEN.exec(body)?.[1];
  if (id === undefined || token === undefined) throw new Error(`expected a claim, got ${body}`);
  return { id, token };
}

/** All agents together claim and complete so many items. */
async function race(
  agents: readonly HttpConnection[],
  items: number,
): Promise<{ claimMs: number[]; completeMs: number[] }> {
  let left = items;
  const claimMs: number[] = [];
  const completeMs: number[] = [];
  const work = async (agent: HttpConnection, name: string): Promise<void> => {
    while (left-- > 0) {
      const asked = performance.now();
      const claim = await agent.post("/api/work-items/claim-next", `{"agent_id":"${name}"}`);
      const claimed = performance.now();
      if (claim.status !== 200) throw new Error(`expected a claim, got ${claim.status}: ${claim.body}`);
      const { id, token } = claimIn(claim.body);
      const report = `{"fencing_token":${token},"result_summary":"done","files_modified":["src/a.ts"]}`;
      const done = await agent.post(`/api/work-items/${id}/complete`, report);
      if (done.status !== 200) throw new Error(`expected it to be done, got ${done.status}: ${done.body}`);
      claimMs.push(claimed - asked);
      completeMs.push(performance.now() - claimed);
    }
  };
  await Promise.all(agents.map((agent, n) => work(agent, `agent-${n}`)));
  return { claimMs, completeMs };
}
