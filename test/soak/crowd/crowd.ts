/**
 * Goal: clients that only cost something (sockets that say nothing, streams that nobody reads, requests that never end, bodies that
 * are too long) take neither time nor memory from those who work.
 * Method: the real server as a process; its memory and the time of claims with the crowd against without it.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LIMITS } from "../../../src/base/limits.ts";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { startServer, type ServerProcess } from "../server-process.ts";

const SIZES = {
  small: { idle: 300, streams: 80, halves: 20, items: 1_500, claims: 200 },
  large: { idle: 1_000, streams: 100, halves: 100, items: 5_000, claims: 2_000 },
} as const;
/** The small one runs beside other tests, when memory is given back late. */
const RSS_GROWTH_MB_MAX = { small: 60, large: 50 } as const;
const CLAIM_P99_MS_MAX = 50;

export const crowd: Campaign = {
  question: "sockets that say nothing, streams that nobody reads, requests that never end, while others claim",
  run: async (options) => {
    const folder = mkdtempSync(join(tmpdir(), "signalbox-crowd-"));
    const server = await startServer(join(folder, "state"));
    const sockets: Socket[] = [];
    try {
      return await trial(server, sockets, options);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.child.kill("SIGKILL");
      await server.ended;
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function trial(server: ServerProcess, sockets: Socket[], { size }: CampaignOptions): Promise<CampaignResult> {
  const { idle, streams, halves, items, claims } = SIZES[size];
  const [project] = (await ask(server, "read", "/api/projects")).body as unknown as { readonly id: string }[];
  await addItems(server, project!.id, items);
  // What the first requests cost belongs to neither side.
  await claimTimes(server, 2 * claims);
  const first = rssMb(server);
  const alone = await claimTimes(server, claims);
  const before = rssMb(server);
  const head = `Host: ${new URL(server.url).host}\r\nAuthorization: Bearer ${server.tokens["read"]}\r\n`;
  const stream = `GET /api/projects/${project!.id}/events?after=0 HTTP/1.1\r\n${head}\r\n`;
  const half = `POST /api/work-items HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"title":`;
  // The streams first, until they are served: an idle socket makes room for whoever comes, one that is served never does.
  for (let n = 0; n < streams; n++) sockets.push(open(server, stream, true));
  await sleep(1_000);
  for (let n = 0; n < halves; n++) sockets.push(open(server, half));
  for (let n = 0; n < idle; n++) sockets.push(open(server, ""));
  await sleep(500);
  const crowded = await claimTimes(server, claims);
  const growthMb = rssMb(server) - before;
  // What was cut is known here when the loop has come to it.
  for (let tries = 0; tries < 100 && openOf(sockets) > LIMITS.connectionsMax; tries++) await sleep(50);
  const openSockets = openOf(sockets);
  const figures = {
    alone99Ms: p99(alone),
    crowded99Ms: p99(crowded),
    aloneGrowthMb: before - first,
    growthMb,
    sockets: sockets.length,
    openSockets,
  };
  const faults = [
    ...(growthMb > RSS_GROWTH_MB_MAX[size]
      ? [`memory grew by ${growthMb.toFixed(1)} MB, not at most ${RSS_GROWTH_MB_MAX[size]}`]
      : []),
    ...(openSockets > LIMITS.connectionsMax
      ? [`${openSockets} connections are open, not at most ${LIMITS.connectionsMax}`]
      : []),
    // Times say something only on a machine that does nothing else.
    ...(size === "large" && p99(crowded) > CLAIM_P99_MS_MAX && p99(crowded) > 2 * p99(alone)
      ? [`claims took ${p99(crowded).toFixed(1)} ms (p99), ${p99(alone).toFixed(1)} ms alone`]
      : []),
  ];
  return { figures, faults };
}

/** One that is not read from does not notice its end, and does not count. */
function openOf(sockets: readonly Socket[]): number {
  return sockets.filter((socket) => !socket.destroyed && !socket.isPaused()).length;
}

async function addItems(server: ServerProcess, project: string, items: number): Promise<void> {
  for (let first = 0; first < items; first += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, items - first) }, (_, n) => first + n);
    const tasks = Object.fromEntries(numbers.map((n) => [`i${n}`, { title: `Item ${n}` }]));
    const { status } = await ask(server, "plan", `/api/projects/${project}/plans`, { tasks });
    if (status !== 201) throw new Error(`expected 201, got ${status}`);
  }
}

/** Of claims, each given back at once. */
async function claimTimes(server: ServerProcess, claims: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < claims; n++) {
    const began = performance.now();
    const { status, body } = await ask(server, "worker", "/api/work-items/claim-next", { agent_id: "worker" });
    times.push(performance.now() - began);
    if (status !== 200) throw new Error(`expected a claim, got ${status}: ${JSON.stringify(body)}`);
    const { key } = body["item"] as { readonly key: string };
    const released = await ask(server, "worker", `/api/work-items/${key}/release`, {
      fencing_token: body["fencing_token"],
    });
    if (released.status !== 200) throw new Error(`expected a release, got ${released.status}`);
  }
  return times;
}

async function ask(
  { url, tokens }: ServerProcess,
  role: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const headers = { authorization: `Bearer ${tokens[role]}`, "content-type": "application/json" };
  const init = { headers, ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }) };
  // A connection that waited between two requests may be the one that made room: then once more, on a new one.
  const response = await fetch(`${url}${path}`, init).catch(() => fetch(`${url}${path}`, init));
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function open({ url }: ServerProcess, bytes: string, paused = false): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  if (paused) socket.pause();
  else socket.resume();
  if (bytes !== "") socket.write(bytes);
  return socket;
}

/** What the process takes of the machine; 0 where the system does not say it this way. */
function rssMb({ child }: ServerProcess): number {
  if (process.platform !== "linux") return 0;
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
  return Number(kb) / 1_024;
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
}
