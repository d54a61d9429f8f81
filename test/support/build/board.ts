// The board as a server gives it out: dist/board. Built anew only when its sources or the packages it is made with have changed.
// On its own: `node test/support/build/board.ts`.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { licenseNotices } from "./license-notices.ts";
import { root } from "../tidy/repository.ts";

export const boardFolder = join(root, "dist/board");
const stamp = join(root, "node_modules/.cache/signalbox-board/stamp");

/** Kilobytes, compressed: what the first page loads, and everything. */
export const BOARD_KILOBYTES_MAX = { first: 120, all: 200 } as const;

/** Builds the board when it is not what its sources say; answers whether it did. */
export async function ensureBoard(): Promise<boolean> {
  const state = sourcesState();
  const isFresh = existsSync(join(boardFolder, "index.html")) && existsSync(stamp);
  if (isFresh && readFileSync(stamp, "utf8") === state) return false;
  await buildBoard();
  mkdirSync(join(stamp, ".."), { recursive: true });
  writeFileSync(stamp, state);
  return true;
}

/** In a folder beside, then moved: a server that runs never sees half of it. */
async function buildBoard(): Promise<void> {
  const [{ build }, { default: react }, { default: tailwind }] = await Promise.all([
    import("vite"),
    import("@vitejs/plugin-react"),
    import("@tailwindcss/vite"),
  ]);
  const bundled: string[] = [];
  const draft = join(root, `dist/board-${process.pid}`);
  // Vite leaves this alone when it is set, and React then is the one for development: a test runner sets it.
  const before = process.env["NODE_ENV"];
  process.env["NODE_ENV"] = "production";
  await build({
    configFile: false,
    root: join(root, "src/board"),
    logLevel: "warn",
    base: "./",
    plugins: [react(), tailwind(), namesOf(bundled)],
    build: {
      outDir: draft,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      // A picture inside a style or script would need a wider policy than the page has.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 600,
    },
    worker: { format: "es" },
  });
  if (before === undefined) delete process.env["NODE_ENV"];
  else process.env["NODE_ENV"] = before;
  writeFileSync(join(draft, "third-party-licenses.txt"), licenseNotices(bundled));
  rmSync(boardFolder, { recursive: true, force: true });
  renameSync(draft, boardFolder);
}

/** Notes which files the bundles are made of. */
function namesOf(bundled: string[]): Plugin {
  return {
    name: "bundled-files",
    generateBundle: (_, output) => {
      for (const chunk of Object.values(output)) if (chunk.type === "chunk") bundled.push(...chunk.moduleIds);
    },
  };
}

function sourcesState(): string {
  const hash = createHash("sha256");
  const paths = ["src/board", "src/base", "src/report", "machines"].flatMap(filesBelow);
  for (const path of [...paths, "package-lock.json", "test/support/build/board.ts"])
    hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest("hex");
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

export interface BoardSize {
  readonly first: number;
  readonly all: number;
}

/** Kilobytes of the built board, compressed, without what is no part of the page. */
export function boardSize(): BoardSize {
  const page = readFileSync(join(boardFolder, "index.html"), "utf8");
  let first = 0;
  let all = 0;
  for (const name of readdirSync(join(boardFolder, "assets"))) {
    const kilobytes = gzipSync(readFileSync(join(boardFolder, "assets", name))).length / 1024;
    all += kilobytes;
    if (page.includes(name)) first += kilobytes;
  }
  return { first: Math.round(first), all: Math.round(all) };
}

if (process.argv[1] === import.meta.filename) {
  const isNew = await ensureBoard();
  const { first, all } = boardSize();
  process.stdout.write(`dist/board: ${isNew ? "built" : "as it was"}; ${first} kB at first, ${all} kB in all (gzip)\n`);
}
