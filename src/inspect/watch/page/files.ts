/** The files of the page, wherever it is served: at a port of its own, or below a path of another server. */
import { PAGE_HTML } from "./html.ts";
import { PAGE_SCRIPT } from "./script.ts";
import { SOCKET_SCRIPT } from "./socket.ts";
import { STATELY_HTML, STATELY_SCRIPT } from "./stately.ts";
import { PAGE_STYLE } from "./style.ts";

/** Where it is served. */
export interface PagePlace {
  /** Path of the page, without a slash behind it; empty is the root. */
  readonly base: string;
  /** Behind every address of the page: empty where the browser's tab has the token, not the address. */
  readonly query: string;
}

export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const INSPECTOR = "https://stately.ai";
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": ["text/html", PAGE_HTML],
  "/page.js": ["text/javascript", SOCKET_SCRIPT + PAGE_SCRIPT],
  "/page.css": ["text/css", PAGE_STYLE],
  "/stately": ["text/html", STATELY_HTML],
  "/stately.js": ["text/javascript", SOCKET_SCRIPT + STATELY_SCRIPT],
};

/** The file at this path below the page's own; `undefined` when there is none. */
export function pageFile(path: string, { base, query }: PagePlace): PageFile | undefined {
  const found = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (found === undefined) return undefined;
  const [type, text] = found;
  return {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": path === "/stately" ? `${POLICY}; frame-src ${INSPECTOR}` : POLICY,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
    // The files that the page loads carry the token on, where the address has one.
    text: text.replaceAll("BASE", base).replaceAll("QUERY", query),
  };
}
