// A process that holds much memory and runs commands; prints what starting one cost it. Arguments: output directory, megabytes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { commandExecutor } from "../../../src/executors/command-executor.ts";

const COMMANDS = 100;
const [outputDirectory = "", megabytes = "0"] = process.argv.slice(2);
const env = nodeEnv();
const executor = commandExecutor({ env, outputDirectory, planFolder: "/" });
await executor.start();
const held = Buffer.alloc(Number(megabytes) * 1024 * 1024, 1);

const blocks: number[] = [];
async function one(token: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const startedAt = env.clock.monotonic();
  executor.start(
    {
      runId: "run",
      item: "item",
      itemId: "an-item",
      attempt: 1,
      token,
      task: { run: "true", env: undefined, cwd: undefined },
      inputs: () => ({}),
    },
    resolve,
  );
  blocks.push(env.clock.monotonic() - startedAt);
  await promise;
}
for (let token = 1; token <= COMMANDS; token++) await one(token);
const cpuBefore = process.cpuUsage();
for (let token = 1; token <= COMMANDS; token++) await one(COMMANDS + token);
const cpu = process.cpuUsage(cpuBefore);

// The way not taken, in the same process: how long its `spawn` blocks.
const direct: number[] = [];
for (let i = 0; i < 5; i++) {
  const startedAt = env.clock.monotonic();
  const child = spawn("true");
  direct.push(env.clock.monotonic() - startedAt);
  await once(child, "exit");
}
await executor.stop();
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const cpuMsEach = (cpu.user + cpu.system) / 1000 / COMMANDS;
process.stdout.write(
  JSON.stringify({ startMs: median(blocks), cpuMsEach, spawnMs: median(direct), heldBytes: held.length }),
);
