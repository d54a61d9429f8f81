// Makes a fresh clone ready, so that the first thing a newcomer types works: every npm script calls this one first.
// Plain JavaScript with built-ins only, because it runs on whatever Node is there (18 or newer) before anything is
// installed. After it, npm finds the pinned Node of test/support/runtime in node_modules/.bin and runs the script with it.
// Writes to stderr only: stdout belongs to the script that comes next.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const stampFile = join(root, "node_modules", ".signalbox-setup");
const fetchFailures =
  /\b(E404|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED|E5\d\d)\b/;

main();

function main() {
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
  const stamp = `${createHash("sha256").update(lockText).digest("hex")} ${process.platform}-${process.arch}\n`;
  if (readOrEmpty(stampFile) === stamp) return;
  const installed = !matchesLockfile(JSON.parse(lockText));
  if (installed) install();
  const version = settleRuntime();
  writeFileSync(stampFile, stamp);
  process.stderr.write(`${installed ? "" : "setup: "}ready, on Node ${version}\n`);
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Whether somebody has already typed `npm ci` or `npm install`: everything the lockfile requires is there, as npm itself noted. */
function matchesLockfile(lock) {
  const noted = readOrEmpty(join(root, "node_modules", ".package-lock.json"));
  if (noted === "") return false;
  const installed = JSON.parse(noted).packages;
  const required = Object.entries(lock.packages).filter(([path, entry]) => path !== "" && !entry.optional);
  return required.every(([path, entry]) => installed[path]?.version === entry.version && existsSync(join(root, path)));
}

function install() {
  process.stderr.write("setup: installing the development packages of package-lock.json (once) ... ");
  const options = [
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
  ];
  const [command, first, shell] = npmCommand();
  // Development packages are needed whatever NODE_ENV says.
  const result = spawnSync(command, [...first, "ci", "--include=dev", "--include=optional", ...options], {
    cwd: root,
    encoding: "utf8",
    shell,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0) return;
  const said = [result.error?.message, result.stderr, result.stdout]
    .filter(Boolean)
    .join("\n")
    .trim()
    .split("\n")
    .slice(0, 12)
    .join("\n");
  const code = fetchFailures.exec(said)?.[0];
  const advice = code
    ? `setup: the npm registry gave no packages (${code}). Check the network, proxy and registry settings (npm ping), then type the same command again.`
    : "setup: npm ci failed; see above. When it is right again, type the same command again.";
  process.stderr.write(`failed\n${said}\n${advice}\n`);
  process.exit(1);
}

/** The npm that runs this script; another package manager does not read package-lock.json, so then the npm in PATH. */
function npmCommand() {
  const path = process.env.npm_execpath ?? "";
  if (/^npm.*\.c?js$/.test(basename(path))) return [process.execPath, [path], false];
  return process.platform === "win32" ? ["npm.cmd", [], true] : ["npm", [], false];
}

/** Makes sure that `node` in the following npm scripts is one that can run this repository; answers its version. */
function settleRuntime() {
  const pinned = pinnedVersion();
  if (pinned) return `${pinned} (pinned)`;
  // A binary for another C library would stand first in PATH and break every script.
  const bin = join(root, "node_modules", ".bin");
  for (const name of ["node", "node.cmd", "node.ps1"]) rmSync(join(bin, name), { force: true });
  if (isRecentEnough(process.versions.node))
    return `${process.versions.node} (this machine's: no pinned Node for ${process.platform}-${process.arch} here)`;
  process.stderr.write(
    `\nsetup: there is no pinned Node for this machine (${process.platform}-${process.arch}, or optional packages are left out), and its own is ${process.versions.node}.\n` +
      `setup: install Node ${required().join(".")} or newer, then type the same command again.\n`,
  );
  process.exit(1);
}

function pinnedVersion() {
  const runtime = JSON.parse(readFileSync(join(root, "test/support/runtime/package.json"), "utf8"));
  for (const name of Object.keys(runtime.optionalDependencies)) {
    const folder = join(root, "node_modules", name, "bin");
    const file = existsSync(folder) ? readdirSync(folder).find((entry) => /^node(\.exe)?$/.test(entry)) : undefined;
    if (!file) continue;
    const result = spawnSync(join(folder, file), ["--version"], { encoding: "utf8" });
    if (result.status === 0) return result.stdout.trim().slice(1);
  }
  return undefined;
}

function required() {
  const engines = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node;
  return engines.replace(/^>=/, "").split(".").map(Number);
}

function isRecentEnough(version) {
  const have = version.split(".").map(Number);
  const [major, minor = 0] = required();
  return have[0] > major || (have[0] === major && have[1] >= minor);
}
