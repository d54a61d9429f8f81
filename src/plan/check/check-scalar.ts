import { LIMITS } from "../../base/limits.ts";
import { checkedText, numberFix, wholeNumber, type Checking } from "./checking.ts";
import { durationMs } from "./duration.ts";
import type { Kind } from "../field.ts";
import { describe, isBannedName } from "./names.ts";

/** Checks one value of a kind; answers it as the plan keeps it, or `undefined` when it is wrong, which is then noted. */
export type Check<Is extends Kind["is"]> = (
  checking: Checking,
  value: unknown,
  kind: Extract<Kind, { is: Is }>,
) => unknown;

export const checkText: Check<"text"> = ({ findings }, value, kind) =>
  checkedText(findings, value, {
    what: "text",
    charsMax: kind.charsMax,
    allow: kind.lines ? "lines" : "line",
    empty: false,
  });

export const checkWord: Check<"word"> = ({ findings }, value, kind) => {
  if (typeof value === "string" && kind.pattern.test(value) && !isBannedName(value)) return value;
  findings.add(kind.what, describe(value), "use letters, digits, - and _, and start with a letter");
  return undefined;
};

export const checkChoice: Check<"choice"> = ({ findings, suggester }, value, kind) => {
  if (kind.choices.some((choice) => choice === value)) return value;
  const near = typeof value === "string" ? suggester.nearest(value, kind.choices.map(String)) : undefined;
  findings.add(
    oneOf(kind.choices),
    describe(value),
    near === undefined ? `write ${oneOf(kind.choices)}` : `did you mean \`${near}\`?`,
  );
  return undefined;
};

function oneOf(choices: readonly (string | number)[]): string {
  return choices.length === 1 ? `${choices[0]}` : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}

export const checkWhole: Check<"whole"> = ({ findings }, value, kind) =>
  wholeNumber(findings, value, kind.min, kind.max);

export const checkNumber: Check<"number"> = ({ findings }, value, kind) => {
  if (typeof value === "number" && value >= kind.min && value <= kind.max) return value;
  findings.add(`a number from ${kind.min} to ${kind.max}`, describe(value), numberFix(value));
  return undefined;
};

export const checkSwitch: Check<"switch"> = ({ findings }, value) => {
  if (typeof value === "boolean") return value;
  findings.add("true or false", describe(value), "write true or false, without quotes");
  return undefined;
};

export const checkDuration: Check<"duration"> = ({ findings, fromCode }, value, kind) => {
  const ms = typeof value === "string" ? durationMs(value) : fromCode && typeof value === "number" ? value : undefined;
  if (ms === undefined) {
    const bare = typeof value === "number" && Number.isInteger(value) && value > 0;
    const fix = bare
      ? `write ${value}s for seconds or ${value}ms for milliseconds`
      : "write a whole number with ms, s, m or h";
    findings.add("a duration such as 250ms, 90s, 10m or 2h", describe(value), fix);
    return undefined;
  }
  if (ms >= kind.minMs && ms <= LIMITS.durationMsMax) return Math.ceil(ms);
  findings.add(
    `a duration from ${kind.minMs}ms to 8784h (366 days)`,
    describe(value),
    ms > kind.minMs ? "write a shorter one" : "write a longer one, or remove the key",
  );
  return undefined;
};

export const checkCommand: Check<"command"> = ({ findings, fromCode }, value, kind) => {
  const functions = kind.functions && fromCode;
  if (typeof value === "function" && functions) return value;
  const what = functions ? "a shell command or a function" : "a shell command";
  return checkedText(findings, value, { what, charsMax: kind.charsMax, allow: "anything", empty: false });
};
