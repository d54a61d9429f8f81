/** BullMQ's flow: a tree of jobs on Redis, every write fsynced before it is answered, no-op processors. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { treeDag, type Dag } from "../harness/dag.ts";
import { numberParam, type Extra, type Prepared, type VariantParams } from "../harness/variant.ts";
import { loadPeer } from "../peers/load.ts";

interface Connection {
  readonly path: string;
  readonly maxRetriesPerRequest: null;
}
interface Closable {
  close(): Promise<void>;
}
interface FlowJob {
  readonly name: string;
  readonly queueName: string;
  readonly children?: readonly FlowJob[];
}
interface Worker extends Closable {
  on(event: "completed", listener: (job: { readonly name: string }) => void): void;
  run(): Promise<void>;
}
interface BullModule {
  readonly FlowProducer: new (options: {
    connection: Connection;
  }) => Closable & { add(flow: FlowJob): Promise<unknown> };
  readonly Worker: new (
    queue: string,
    processor: () => Promise<void>,
    options: { connection: Connection; concurrency: number; autorun: false },
  ) => Worker;
}

const QUEUE = "bench";

export async function bullmqFlow(params: VariantParams): Promise<Prepared> {
  const { FlowProducer, Worker } = await loadPeer<BullModule>("bullmq");
  const dag = treeDag(numberParam(params, "depth"), numberParam(params, "fan"));
  const flow = flowOf(dag, dag.size - 1);
  const redis = await startRedis();
  const connection: Connection = { path: redis.socket, maxRetriesPerRequest: null };
  const producer = new FlowProducer({ connection });
  const worker = new Worker(QUEUE, async () => {}, {
    connection,
    concurrency: numberParam(params, "cap"),
    autorun: false,
  });
  return {
    setup: async () => {
      await producer.add(flow);
    },
    run: async () => {
      const before = redis.cpuMs();
      await rootCompleted(worker, `t${dag.size - 1}`, dag.size);
      return { items: dag.size, redisCpuMs: redis.cpuMs() - before } satisfies Extra;
    },
    close: async () => {
      await Promise.all([worker.close(), producer.close()]);
      redis.stop();
    },
  };
}

function flowOf(dag: Dag, item: number): FlowJob {
  const children = dag.needs[item]!.map((need) => flowOf(dag, need));
  return { name: `t${item}`, queueName: QUEUE, ...(children.length > 0 ? { children } : {}) };
}

function rootCompleted(worker: Worker, root: string, size: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let completed = 0;
    worker.on("completed", (job) => {
      completed += 1;
      if (job.name !== root) return;
      if (completed === size) resolve();
      else reject(new Error(`expected ${size} jobs before the root, got ${completed}`));
    });
    void worker.run();
  });
}

interface Redis {
  readonly socket: string;
  cpuMs(): number;
  stop(): void;
}

async function startRedis(): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-bench-redis-"));
  const socket = join(folder, "redis.sock");
  const settings = [
    "--port",
    "0",
    "--unixsocket",
    socket,
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
  ];
  const server = spawn("redis-server", settings, { stdio: "ignore" });
  process.once("exit", () => server.kill("SIGKILL"));
  for (let tries = 0; !existsSync(socket); tries += 1) {
    if (tries > 200 || server.exitCode !== null) throw new Error("redis-server did not open its socket");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const stop = (): void => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { socket, cpuMs: () => cpuMsOf(server), stop };
}

/** Processor time of a live process, in ms; 0 off Linux. */
function cpuMsOf(server: ChildProcess): number {
  if (process.platform !== "linux") return 0;
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  // Fields 14 and 15 of proc(5), counted from the third; in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
