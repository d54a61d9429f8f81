import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../tidy/repository.ts";
import { npm, run, withoutNpmSettings, type Outcome } from "./processes.ts";

// Itself, XState, and ten that it runs with: hono and its server, zod, the two of MCP, ws, immer, rxjs with tslib, yaml.
const packagesMax = 12;

// Only what the contract promises of the library, typed as strictly as a user can.
const consumer = `
import { createRun, definePlan, executionLayers } from "signalbox";
import * as machines from "signalbox/machines";
import schema from "signalbox/plan.schema.json" with { type: "json" };

const plan = definePlan({
  tasks: { one: { run: () => 1 }, two: { needs: ["one"], run: ({ inputs }) => Number(inputs["one"]) + 1 } },
});
const result = await createRun(plan).start();
const output = result.snapshot.items.get("two")?.output;
const layers: string = JSON.stringify(executionLayers(plan));
console.log(result.outcome, output, layers, Object.keys(machines).length > 0, typeof schema);
`;
// A worker thread and a helper process, found from the compiled library.
const durableConsumer = `
import { mkdtempSync } from "node:fs";
import { join, resolve } from "node:path";
import { commandExecutor, createRun, definePlan, nodeEnv, openJournalReader, sqliteJournal } from "signalbox";

const env = nodeEnv();
const directory = mkdtempSync(resolve("state-"));
const plan = definePlan({ tasks: { a: { run: "exit 0" }, b: { needs: ["a"], run: "exit 3" } } });
for (const runner of ["fast", "portable"] as const) {
  const journal = await sqliteJournal({ directory, env });
  const commands = commandExecutor({ env, outputDirectory: join(directory, "output"), planFolder: directory, runner });
  const { outcome, failures } = await createRun(plan, { journal, executors: [commands], env }).start();
  await commands.stop();
  await journal.close();
  console.log(runner, outcome, failures.map(({ item, reason }) => item + " " + reason.code).join());
}
const reader = openJournalReader({ directory, env });
console.log((await reader.runs()).length, "runs stored");
await reader.close();
`;
const durableConsumerSays = "fast failed b exit\nportable failed b exit\n2 runs stored";

const consumerSays = 'done 2 [["one"],["two"]] true object';

const settings = {
  compilerOptions: {
    target: "es2024",
    lib: ["es2024", "dom"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    resolveJsonModule: true,
    // As the examples ask for; Node runs them as they are.
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    outDir: "out",
  },
  files: ["consumer.ts", "durable-consumer.ts", "reviewed-items/main.ts", "node-service/main.ts"],
};

const planFile = `
tasks:
  first:
    run: echo '{"n":1}' > "$SIGNALBOX_OUTPUT"
  second:
    needs: [first]
    run: cat "$SIGNALBOX_INPUTS"
`;

/** Installs the tarball as a user would and uses every entry; answers what went wrong. */
export function tryInEmptyProject(tarball: string, project: string): string[] {
  mkdirSync(project);
  const file = (name: string, text: string): void => writeFileSync(join(project, name), text);
  file("package.json", JSON.stringify({ name: "empty-project", private: true, type: "module" }));
  const installed = npm(["install", tarball, "--loglevel=error", "--prefer-offline"], project);
  if (installed.code !== 0)
    return [`npm install of the tarball failed (is the registry reachable?):\n${installed.stderr}`];
  file("consumer.ts", consumer);
  file("durable-consumer.ts", durableConsumer);
  file("tsconfig.json", JSON.stringify(settings));
  for (const name of ["reviewed-items", "node-service", "react-app"])
    cpSync(join(root, "docs/examples", name), join(project, name), { recursive: true });
  file("plan.yaml", planFile);
  return [...checkTree(project), ...checkCommand(project), ...checkLibrary(project), ...checkReactApp(project)];
}

function checkTree(project: string): string[] {
  // npm wrote it.
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
  };
  const names = Object.keys(lock.packages).filter((name) => name !== "");
  process.stdout.write(`installed: ${names.map((name) => name.replace("node_modules/", "")).join(", ")}\n`);
  const scripted = names.filter((name) => lock.packages[name]?.hasInstallScript === true);
  return [
    ...(names.length > packagesMax ? [`installs ${names.length} packages; ${packagesMax} at most`] : []),
    ...(names.some((name) => /node_modules\/(node-|dev-runtime)/.test(name))
      ? ["carries the Node of development"]
      : []),
    ...scripted.map((name) => `${name} has an install script`),
  ];
}

function checkCommand(project: string): string[] {
  // npm wrote it; version is its one field that is read.
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
  const signalbox = (...args: readonly string[]): Outcome => npm(["exec", "--no", "--", "signalbox", ...args], project);
  return [
    ...expectOutput(signalbox("--version"), (text) => text.trim() === version),
    ...expectOutput(signalbox("check", "plan.yaml"), () => true),
    ...expectOutput(signalbox("run", "plan.yaml", "--json"), (text) => text.includes('"outcome":"done"')),
    ...expectOutput(signalbox("runs", "--json"), (text) => text.includes('"done"')),
    ...(existsSync(join(project, ".signalbox")) ? [] : ["the run left no state directory beside its plan"]),
  ];
}

function checkLibrary(project: string): string[] {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const typeRoots = join(root, "node_modules/@types");
  const compiled = run(process.execPath, [compiler, "-p", ".", "--typeRoots", typeRoots], project);
  const start = (name: string): Outcome => run(process.execPath, [join("out", name)], project, withoutNpmSettings());
  return [
    ...expectOutput(compiled, () => true),
    ...expectOutput(start("consumer.js"), (text) => text.trim() === consumerSays),
    ...expectOutput(start("durable-consumer.js"), (text) => text.trim() === durableConsumerSays),
    ...expectOutput(start("reviewed-items/main.js"), (text) => text.startsWith("keeps the guarantees")),
    ...expectOutput(start("node-service/main.js"), (text) => text.includes('"outcome":"done"')),
  ];
}

/** Its other packages are those of development, linked instead of installed; signalbox is the one of the tarball. */
function checkReactApp(project: string): string[] {
  const app = join(project, "react-app");
  // npm or an editor wrote it.
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(app, "package.json"), "utf8")) as Manifest;
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const link = join(app, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    if (name !== "signalbox" && name !== "xstate") symlinkSync(join(root, "node_modules", name), link, "junction");
  }
  const program = (path: string, ...args: readonly string[]): Outcome =>
    run(process.execPath, [join(root, "node_modules", path), ...args], app, withoutNpmSettings());
  return [
    ...expectOutput(program("typescript/bin/tsc", "-p", "."), () => true),
    ...expectOutput(program("vite/bin/vite.js", "build", "--logLevel", "warn"), () => true),
    ...(existsSync(join(app, "dist/index.html")) ? [] : ["the React app was not built"]),
  ];
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function expectOutput(outcome: Outcome, isRight: (stdout: string) => boolean): string[] {
  if (outcome.code === 0 && isRight(outcome.stdout)) return [];
  return [`${outcome.command} ended with ${outcome.code}:\n${outcome.stdout}${outcome.stderr}`];
}
