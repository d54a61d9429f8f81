// `npm run check:package`: what a stranger gets from the registry is complete, small, typed, and works in an empty project.
// Needs `npm run build` before it, and the registry (or npm's cache) for the package's own dependencies. With `--offline` it
// looks at the tarball only and installs nothing.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { root } from "../tidy/repository.ts";
import { npm, run, type Outcome } from "./processes.ts";
import { tryInEmptyProject } from "./empty-project.ts";

// Everything that may be in the tarball; a file that matches nothing here was not meant to travel.
const published = [
  /^dist\/.*\.(js|d\.ts)$/,
  /^dist\/(signalbox|cli\/[\w-]+)\.cjs$/,
  /^dist\/(cli|board)\/third-party-licenses\.txt$/,
  /^dist\/board\/(index\.html|assets\/[\w-]+\.(js|css|svg))$/,
];
const publishedRoot = ["package.json", "README.md", "LICENSE", "plan.schema.json"];
// 1,951 measured: a third is the library, more than half the bundled programs, the rest the board.
const tarballKilobytesMax = 2048;

const offline = process.argv.includes("--offline");
const folder = mkdtempSync(join(tmpdir(), "signalbox-package-"));
const faults: string[] = [];
try {
  if (!existsSync(join(root, "dist/signalbox.cjs"))) throw new Error("there is no dist/; run `npm run build` first");
  const tarball = pack();
  await lintPackage(tarball);
  checkTypes(tarball);
  if (!offline) faults.push(...tryInEmptyProject(tarball, join(folder, "project")));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults) process.stderr.write(`check:package: ${fault}\n`);
process.stdout.write(
  faults.length === 0
    ? `check:package: the package is complete${offline ? "" : " and works in an empty project"}\n`
    : "",
);
process.exitCode = faults.length === 0 ? 0 : 1;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

function pack(): string {
  const answer = must(npm(["pack", "--ignore-scripts", "--json", "--pack-destination", folder], root));
  // npm's own format: a list in npm 11, an object by package name in npm 12.
  const listed = JSON.parse(answer) as readonly Packed[] | Readonly<Record<string, Packed>>;
  const packed = Object.values(listed)[0];
  if (packed === undefined) throw new Error("npm pack made nothing");
  const paths = packed.files.map((file) => file.path);
  const strays = paths.filter((path) => !publishedRoot.includes(path) && !published.some((each) => each.test(path)));
  for (const path of strays) faults.push(`${path} is in the tarball and should not be`);
  for (const path of publishedRoot) if (!paths.includes(path)) faults.push(`${path} is missing in the tarball`);
  for (const path of paths.filter((each) => each.startsWith("dist/cli/") && each.endsWith(".cjs")))
    if (/failpoint\?\.\(/.test(readFileSync(join(root, path), "utf8"))) faults.push(`${path} has failpoints of tests`);
  const kilobytes = Math.ceil(packed.size / 1024);
  process.stdout.write(`tarball: ${paths.length} files, ${kilobytes} kB\n`);
  if (kilobytes > tarballKilobytesMax) faults.push(`the tarball has ${kilobytes} kB; ${tarballKilobytesMax} at most`);
  return join(folder, packed.filename);
}

async function lintPackage(tarball: string): Promise<void> {
  const bytes = readFileSync(tarball);
  const content = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ strict: true, level: "warning", pack: { tarball: content } });
  for (const message of messages) faults.push(`publint: ${formatMessage(message, pkg) ?? message.code}`);
}

/** Types resolve for ESM users; there is no CommonJS build to check. */
function checkTypes(tarball: string): void {
  const program = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const outcome = run(
    process.execPath,
    [program, tarball, "--profile", "esm-only", "--format", "ascii", "--no-color"],
    root,
  );
  if (outcome.code !== 0) faults.push(`attw found types that do not resolve:\n${outcome.stdout}${outcome.stderr}`);
}

function must(outcome: Outcome): string {
  if (outcome.code !== 0)
    throw new Error(`${outcome.command} ended with ${outcome.code}:\n${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout;
}
