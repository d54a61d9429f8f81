import { harmless } from "../base/harmless.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text that may stand in HTML and in XML, in an attribute too: XML cannot hold control characters at all. */
export function markup(text: string): string {
  return harmless(text, { lines: true }).replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}
