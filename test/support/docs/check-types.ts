import { join } from "node:path";
import { readPath, root } from "../tidy/repository.ts";
import { sourceOf, type Manifest } from "./source-of.ts";
import type { Workspace } from "./workspace.ts";

/** The compiler's messages about one file of the workspace, with the settings that a careful user has; "" when it is fine. */
export async function typeFaults(workspace: Workspace, file: string): Promise<string> {
  // npm wrote it.
  const manifest = JSON.parse(readPath("package.json")) as Manifest;
  const names = Object.keys(manifest.exports).map((name) => manifest.name + name.slice(1));
  const settings = {
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
    files: [file],
  };
  workspace.write("tsconfig.json", JSON.stringify(settings));
  const { code, output } = await workspace.node(
    join(root, "node_modules/typescript/bin/tsc"),
    "-p",
    "tsconfig.json",
    "--pretty",
    "false",
  );
  return code === 0 ? "" : output || `the compiler ended with ${code}`;
}
