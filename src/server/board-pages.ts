/**
 * The board's files, as the build made them: the page at `/`, what it loads under `/assets/`. They hold nothing of any project and
 * ask for no token; the page asks the interface with the one that it is given.
 *
 * B1 Only files that were there when the folder was first read are given out: no path of a request reaches the disk.
 * B2 The page may load its own files and talk to its own server, nothing else, and nobody may frame it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Answers a request for the board; `undefined` for one that is about something else. */
export type Pages = (request: Request) => Response | undefined;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const FOR_EVER = "public, max-age=31536000, immutable";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<title>Signalbox</title>
<h1>The board is not built</h1>
<p>These are the sources. Run <code>npm run build</code> beside them, or start the server with <code>npm run signalbox -- serve</code>,
which builds the board first. The interface itself answers: <a href="/openapi.json">openapi.json</a>.</p>
`;

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The folder of the built board in this package, wherever the caller was built to; it may not be there. */
export function boardFolder(): string {
  let at = new URL("./package.json", import.meta.url);
  for (let step = 0; step < 4 && !isOwnPackage(at); step++) at = new URL("../package.json", at);
  return join(fileURLToPath(new URL(".", at)), "dist/board");
}

function isOwnPackage(file: URL): boolean {
  return existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === "signalbox";
}

/** The pages of this folder; it is read when the first request comes, and again until there is something in it. */
export function boardPages(folder: string): Pages {
  let files = new Map<string, File>();
  return ({ method, url }) => {
    const { pathname } = new URL(url);
    if (pathname !== "/" && !pathname.startsWith("/assets/")) return undefined;
    if (method !== "GET" && method !== "HEAD") return undefined;
    if (files.size === 0) files = readFiles(folder);
    const file = files.get(pathname === "/" ? "/index.html" : pathname);
    if (file !== undefined) return pageOf(file, pathname === "/" ? "no-cache" : FOR_EVER);
    if (pathname !== "/" || files.size > 0) return undefined;
    return new Response(NOT_BUILT, { status: 503, headers: { "content-type": TYPES[".html"]! } });
  };
}

function pageOf({ bytes, type }: File, caching: string): Response {
  return new Response(bytes, {
    headers: {
      "content-type": type,
      "cache-control": caching,
      "content-security-policy": POLICY,
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
    },
  });
}

function readFiles(folder: string): Map<string, File> {
  const files = new Map<string, File>();
  if (!existsSync(join(folder, "index.html"))) return files;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length).replaceAll("\\", "/"), { bytes: new Uint8Array(readFileSync(path)), type });
  }
  return files;
}
