/**
 * The body of a request, bounded before it is understood: bytes while they arrive, depth before it is parsed.
 */
import { LIMITS } from "../base/limits.ts";
import { ProblemError } from "./problem.ts";

/** @throws ProblemError `invalid_request`, `too_large` */
export async function readJson(request: Request): Promise<unknown> {
  refuseOtherTypes(request.headers);
  return jsonOf(await readText(request));
}

/** A page of another site can send text or a form without being asked; it cannot send this. @throws ProblemError */
export function refuseOtherTypes(headers: { get(name: string): string | null }): void {
  const type = headers.get("content-type") ?? "";
  if (type === "application/json") return;
  if (!/^application\/json(;|$)/i.test(type.trim()))
    throw new ProblemError("invalid_request", "expected Content-Type: application/json, got another");
}

/** @throws ProblemError `invalid_request` */
export function jsonOf(text: string): unknown {
  const max = LIMITS.requestDepthMax;
  // To look for brackets is cheaper than to look at each character, and nearly every body has few of them.
  if (hasMoreBrackets(text, max) && depthOf(text, max) > max)
    throw new ProblemError("invalid_request", `expected at most ${max} levels of JSON, got more`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProblemError("invalid_request", "expected JSON as body, got something else");
  }
  // Nothing would come of such a member, for whatever copies it drops it: it is told rather than lost.
  if ((text.includes("__proto__") || text.includes(ESCAPED)) && hasPrototypeKey(value))
    throw new ProblemError("invalid_request", "expected members without the name __proto__, got one with it");
  return value;
}

/** How any character of a name may be written. */
const ESCAPED = "\\u00";

/** As deep as a body may be. */
function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasPrototypeKey);
}

async function readText(request: Request): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > LIMITS.requestBytesMax) throw tooLarge();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const parts: string[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > LIMITS.requestBytesMax) throw tooLarge();
      parts.push(decoder.decode(chunk, { stream: true }));
    }
    parts.push(decoder.decode());
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw endedEarly();
  }
  return parts.join("");
}

/** Half a body, or one that is no text. */
export function endedEarly(): ProblemError {
  return new ProblemError("invalid_request", "expected a whole body in UTF-8, got one that ended early or is none");
}

function tooLarge(): ProblemError {
  return new ProblemError("too_large", `expected a body of at most ${LIMITS.requestBytesMax} bytes, got more`, {
    // What is left of the body is not read, so nothing else can follow on this connection.
    headers: { connection: "close" },
  });
}

/** Whether more than so many lists and objects begin, as far as can be told without knowing what is a string. */
function hasMoreBrackets(text: string, max: number): boolean {
  let brackets = 0;
  for (const bracket of "[{")
    for (let at = text.indexOf(bracket); at >= 0 && brackets <= max; at = text.indexOf(bracket, at + 1)) brackets++;
  return brackets > max;
}

/** Levels of lists and objects, without understanding the rest; stops counting above `max`. */
function depthOf(text: string, max: number): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepest) deepest = depth;
      if (deepest > max) return deepest;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}
