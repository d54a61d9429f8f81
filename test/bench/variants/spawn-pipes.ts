/** `node spawn-pipes.ts DAG.json COMMAND JOBS`: runs the command for each item of the DAG through `spawn`, reading its output. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dependentsOf, type Dag } from "../harness/dag.ts";
import { runReadyQueue } from "./ready-queue.ts";

const [, , file = "", shell = "true", jobs = "2"] = process.argv;
// Written by workspaces.ts.
const dag = JSON.parse(readFileSync(file, "utf8")) as Dag;

function once(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", shell], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", () => {});
    child.once("error", reject).once("close", () => resolve());
  });
}

await runReadyQueue(dag, dependentsOf(dag), Number(jobs), once);
