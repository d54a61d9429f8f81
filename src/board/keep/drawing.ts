/** What both drawings are made of. They are files of their own: colours stand in them, and every text is written as text. */
import type { Lamp } from "../data/lamp.ts";
import { LAMP_WORDS } from "../data/lamp.ts";
import { markup } from "../../report/markup.ts";

export const FILLS: Readonly<Record<Lamp, string>> = {
  blocked: "#dd9a12",
  ready: "#2aa5cc",
  claimed: "#4f6ef2",
  failed: "#e2483c",
  done: "#22a568",
  cancelled: "#9aa4b5",
};

export const INK = "#12151c";
export const FAINT = "#596275";
export const LINE = "#c3cad6";

/** A sign for each state: whoever sees no colours tells them apart all the same. */
export const SIGNS: Readonly<Record<Lamp, string>> = {
  blocked: "⊠",
  ready: "○",
  claimed: "◐",
  failed: "✗",
  done: "✓",
  cancelled: "⊘",
};

export function* drawing(width: number, height: number, title: string, inside: Iterable<string>): Generator<string> {
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui,sans-serif" font-size="12">\n`;
  yield `<title>${markup(title)}</title>\n<rect width="${width}" height="${height}" fill="#ffffff"/>\n`;
  yield* inside;
  yield "</svg>\n";
}

/** As much of it as has room. */
export function fitted(text: string, charsMax: number): string {
  const line = text.replaceAll("\n", " ");
  return markup(line.length > charsMax ? `${line.slice(0, charsMax - 1)}…` : line);
}

export function nameOf(title: string, lamp: Lamp): string {
  return `<title>${markup(title)}: ${LAMP_WORDS[lamp].toLowerCase()}</title>`;
}
