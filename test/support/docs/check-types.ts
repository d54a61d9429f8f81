import { join } from "node:path";
import { readPath, root } from "../tidy/repository.ts";
import { nameOf, type Block } from "./blocks.ts";
import { programFile, programText } from "./program.ts";
import { sourceOf, type Manifest } from "./source-of.ts";
import { makeWorkspace, type Workspace } from "./workspace.ts";

/** The compiler's messages about a ts block, whose lines are those of its page; "" when it is fine. */
export type TypeFaults = (block: Block) => string;

/** All ts blocks of all pages in one program of the compiler, which reads the library once: a block then costs milliseconds. */
export async function typeFaultsOf(pages: readonly (readonly Block[])[]): Promise<TypeFaults> {
  const workspace = makeWorkspace();
  try {
    const files = new Map<string, string>();
    for (const blocks of pages) for (const block of blocks) writeBlock(workspace, block, blocks, files);
    const faults = await faultsByFile(workspace, [...files.values()]);
    return (block) => faults.get(files.get(nameOf(block)) ?? "") ?? "";
  } finally {
    workspace.remove();
  }
}

/** A folder for each page: two may write files of the same name. */
function writeBlock(workspace: Workspace, block: Block, blocks: readonly Block[], files: Map<string, string>): void {
  const folder = `pages/${block.path}`;
  const file = block.options.get("file");
  if (file !== undefined) workspace.write(`${folder}/${file}`, block.text);
  if (block.language !== "ts") return;
  const program = `${folder}/${programFile(block)}`;
  workspace.write(program, programText(block, blocks));
  files.set(nameOf(block), program);
}

async function faultsByFile(workspace: Workspace, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (files.length === 0) return new Map();
  workspace.write("tsconfig.json", JSON.stringify({ ...settings(), files }));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { code, output } = await workspace.node(compiler, "-p", "tsconfig.json", "--pretty", "false");
  const faults = new Map<string, string>();
  if (code === 0) return faults;
  let file: string | undefined;
  for (const line of output.trimEnd().split("\n")) {
    // A message goes on in lines that begin with spaces.
    if (!line.startsWith(" ")) file = files.find((name) => line.startsWith(`${name}(`));
    if (file === undefined) throw new Error(`the compiler ended with ${code}:\n${output}`);
    faults.set(file, `${faults.get(file) ?? ""}${line}\n`);
  }
  return faults;
}

/** Those that a careful user has. */
function settings(): object {
  // npm wrote it.
  const manifest = JSON.parse(readPath("package.json")) as Manifest;
  const names = Object.keys(manifest.exports).map((name) => manifest.name + name.slice(1));
  return {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: true,
      lib: ["es2024", "esnext.disposable", "dom"],
      resolveJsonModule: true,
      noUnusedLocals: false,
      noUnusedParameters: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      moduleDetection: "force",
      paths: Object.fromEntries(names.map((name) => [name, [join(root, sourceOf(manifest, name) ?? "")]])),
    },
    include: [],
  };
}
