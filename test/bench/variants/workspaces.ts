/** The same DAG of shell commands as each build tool wants it written. Each maker fills an empty folder and says what to start. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { idOf, type Dag } from "../harness/dag.ts";
import { builtCli, sourceCli } from "../harness/own-cli.ts";
import { peerCommand, peersPath } from "../harness/peers.ts";
import type { Command } from "../harness/processes.ts";

export interface Workspace {
  readonly folder: string;
  readonly dag: Dag;
  /** The shell command of every task. */
  readonly shell: string;
  readonly jobs: number;
}

export type MakeWorkspace = (workspace: Workspace) => Command;

const ids = (items: readonly number[]): string[] => items.map(idOf);
const allIds = (dag: Dag): string[] => dag.needs.map((_, item) => idOf(item));
const pathWithPeers = (): string => `${join(peersPath(), "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;

export function signalbox(workspace: Workspace, flags: readonly string[] = []): Command {
  const { folder, dag, shell, jobs } = workspace;
  const tasks = Object.fromEntries(dag.needs.map((needs, item) => [idOf(item), { needs: ids(needs), run: shell }]));
  writeFileSync(join(folder, "plan.json"), JSON.stringify({ version: 1, name: "bench", tasks }));
  const args = [builtCli() ?? sourceCli(), "run", join(folder, "plan.json"), "--cap", String(jobs), ...flags];
  return { program: process.execPath, args, cwd: folder };
}

export function ninja({ folder, dag, shell, jobs }: Workspace): Command {
  const lines = dag.needs.map((needs, item) => `build ${idOf(item)}: it ${ids(needs).join(" ")}`);
  writeFileSync(join(folder, "build.ninja"), `rule it\n  command = ${shell}\n${lines.join("\n")}\n`);
  return { program: "ninja", args: ["-j", String(jobs)], cwd: folder };
}

/** The `;` makes make start a shell, as all others do; without it make would run the program itself. */
export function make({ folder, dag, shell, jobs }: Workspace): Command {
  const rules = dag.needs.map((needs, item) => `${idOf(item)}: ${ids(needs).join(" ")}\n\t@${shell};`);
  const all = allIds(dag).join(" ");
  writeFileSync(join(folder, "Makefile"), `.PHONY: all ${all}\nall: ${all}\n${rules.join("\n")}\n`);
  return { program: "make", args: ["-j", String(jobs)], cwd: folder };
}

/** What a short script of one's own does: a ready queue and `child_process.spawn`, output read through pipes. */
export function spawnWithPipes({ folder, dag, shell, jobs }: Workspace): Command {
  writeFileSync(join(folder, "dag.json"), JSON.stringify(dag));
  const script = fileURLToPath(new URL("spawn-pipes.ts", import.meta.url));
  return { program: process.execPath, args: [script, join(folder, "dag.json"), shell, String(jobs)], cwd: folder };
}

export function wireit({ folder, dag, shell, jobs }: Workspace): Command {
  const scripts = Object.fromEntries([...allIds(dag), "all"].map((id) => [id, "wireit"]));
  const entries = dag.needs.map((needs, item) => [idOf(item), { command: shell, dependencies: ids(needs) }]);
  const config = { ...Object.fromEntries(entries), all: { dependencies: allIds(dag) } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", scripts, wireit: config }));
  const env = { PATH: pathWithPeers(), WIREIT_PARALLEL: String(jobs), WIREIT_CACHE: "none" };
  return { program: "npm", args: ["run", "all"], cwd: folder, env };
}

export function nx({ folder, dag, shell, jobs }: Workspace): Command {
  symlinkSync(join(peersPath(), "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "bench", private: true }));
  writeFileSync(join(folder, "nx.json"), JSON.stringify({ analytics: false }));
  const entries = dag.needs.map((needs, item) => [idOf(item), { command: shell, dependsOn: ids(needs), cache: false }]);
  const all = { executor: "nx:noop", dependsOn: allIds(dag) };
  writeFileSync(
    join(folder, "project.json"),
    JSON.stringify({ name: "bench", root: ".", targets: { ...Object.fromEntries(entries), all } }),
  );
  const env = { NX_DAEMON: "false", NX_TUI: "false", NX_NO_CLOUD: "true", CI: "true" };
  return { program: peerCommand("nx"), args: ["run", "bench:all", `--parallel=${jobs}`], cwd: folder, env };
}

export function turbo({ folder, dag, shell, jobs }: Workspace): Command {
  const scripts = Object.fromEntries(allIds(dag).map((id) => [id, shell]));
  const root = { name: "bench", private: true, packageManager: "npm@11.0.0", scripts };
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({ name: "bench", lockfileVersion: 3, packages: { "": root } }),
  );
  const tasks = dag.needs.map((needs, item) => [idOf(item), { cache: false, dependsOn: ids(needs) }]);
  writeFileSync(join(folder, "turbo.json"), JSON.stringify({ tasks: Object.fromEntries(tasks) }));
  const env = { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  return {
    program: peerCommand("turbo"),
    args: ["run", ...allIds(dag), `--concurrency=${jobs}`, "--no-daemon"],
    cwd: folder,
    env,
  };
}

export function moon({ folder, dag, shell, jobs }: Workspace): Command {
  mkdirSync(join(folder, ".moon"));
  writeFileSync(join(folder, ".moon/workspace.yml"), "projects:\n  bench: .\ntelemetry: false\n");
  const options = { cache: false, runInCI: true };
  const entries = dag.needs.map((needs, item) => [idOf(item), { script: shell, deps: ids(needs), options }]);
  const all = { command: "noop", deps: allIds(dag), options };
  // JSON is YAML; moon reads its files as YAML.
  writeFileSync(join(folder, "moon.yml"), JSON.stringify({ tasks: { ...Object.fromEntries(entries), all } }));
  execFileSync("git", ["init", "-q"], { cwd: folder });
  const author = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
  execFileSync("git", [...author, "commit", "-q", "--allow-empty", "-m", "bench"], { cwd: folder });
  return {
    program: peerCommand("moon"),
    args: ["run", "bench:all", "--concurrency", String(jobs), "--log", "error"],
    cwd: folder,
  };
}
