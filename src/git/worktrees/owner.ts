import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { bootId, processState } from "../../base/other-process.ts";

/** The process that a worktree belongs to, named so that another one that got its number later is not taken for it. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Which start of the machine; empty where the platform does not tell. */
  readonly bootId: string;
  /** When the process began, in the kernel's own count; empty where the platform does not tell. */
  readonly started: string;
}

export function thisOwner(): Owner {
  return { pid: process.pid, host: hostname(), bootId: bootId(), started: startOf(process.pid) ?? "" };
}

/**
 * Whether the process may still live. In doubt it does: a process on another host cannot be seen from here, and what
 * belongs to the living is never repaired by others.
 */
export function mayLive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  if (isOfOtherStart(owner)) return false;
  if (processState(owner.pid) === "gone") return false;
  return owner.started === "" || owner.started === (startOf(owner.pid) ?? owner.started);
}

function isOfOtherStart(owner: Owner): boolean {
  try {
    return owner.bootId !== bootId();
  } catch {
    return false;
  }
}

export const sameOwner = (a: Owner, b: Owner): boolean =>
  a.pid === b.pid && a.host === b.host && a.bootId === b.bootId && a.started === b.started;

/** Owners come from files that anybody may have changed. */
export function isOwner(value: unknown): value is Owner {
  if (typeof value !== "object" || value === null) return false;
  const { pid, host, bootId: boot, started } = value as Record<keyof Owner, unknown>;
  return Number.isSafeInteger(pid) && [host, boot, started].every((each) => typeof each === "string");
}

function startOf(pid: number): string | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name of the program stands in parentheses and may hold any character. A zombie holds nothing any more.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? "ended" : fields?.[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
