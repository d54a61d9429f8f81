import { styleText } from "node:util";

/** What a piece of text means; the colour follows from that, so that one place decides how the program looks. */
export type Tone = "good" | "bad" | "live" | "warn" | "dim" | "strong" | "plain";

/** Puts a tone on a text, or leaves it as it is where colour is not wanted. Never more than colour: words carry the meaning. */
export type Paint = (tone: Tone, text: string) => string;

const FORMATS = { good: "green", bad: "red", live: "cyan", warn: "yellow", dim: "dim", strong: "bold" } as const;

export const plainPaint: Paint = (_tone, text) => text;

const colourPaint: Paint = (tone, text) =>
  tone === "plain" || text === "" ? text : styleText(FORMATS[tone], text, { validateStream: false });

export function paintFor(color: boolean): Paint {
  return color ? colourPaint : plainPaint;
}

/** NO_COLOR (any value) wins over FORCE_COLOR, which wins over what the stream is. */
export function wantsColor(isTerminal: boolean, variables: Readonly<Record<string, string | undefined>>): boolean {
  if (variables["NO_COLOR"]) return false;
  const force = variables["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTerminal && variables["TERM"] !== "dumb";
}
