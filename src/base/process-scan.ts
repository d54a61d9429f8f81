import { readdirSync, readFileSync } from "node:fs";
import { systemCode } from "./error-code.ts";

/** How to know what belongs to an attempt or a run: by process group, or by a variable in its environment. */
export interface ProcessMarks<Owner> {
  readonly byGroup: ReadonlyMap<number, Owner>;
  /** Name of the variable, and whose a value is. */
  readonly variable: string;
  readonly byValue: ReadonlyMap<string, Owner>;
}

/**
 * Living processes (zombies left out) that carry one of the marks. `undefined` where the system does not tell (no `/proc`).
 * Processes of other users and those that cleared their environment and left their group are not found.
 * @throws what the system says when it cannot be looked at
 */
export function findProcesses<Owner>(marks: ProcessMarks<Owner>): Map<Owner, number[]> | undefined {
  if (process.platform !== "linux") return undefined;
  const found = new Map<Owner, number[]>();
  const spared = ownAncestors();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || spared.has(pid)) continue;
    const owner = ownerOf(pid, marks);
    if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), pid]);
  }
  return found;
}

const PASSED_OVER: ReadonlySet<string | undefined> = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

function ownerOf<Owner>(pid: number, { byGroup, variable, byValue }: ProcessMarks<Owner>): Owner | undefined {
  const stat = statOf(pid);
  if (stat === undefined || stat.state === "Z" || stat.state === "X") return undefined;
  const owner = byGroup.get(stat.group);
  if (owner !== undefined || byValue.size === 0) return owner;
  const value = variableOf(pid, variable);
  return value === undefined ? undefined : byValue.get(value);
}

/** This process and those that it descends from: who resumes a run from inside one of its commands must not be ended by that. */
function ownAncestors(): Set<number> {
  const ancestors = new Set<number>();
  for (let pid = process.pid; pid > 1 && !ancestors.has(pid); pid = statOf(pid)?.parent ?? 0) ancestors.add(pid);
  return ancestors;
}

function statOf(pid: number): { readonly state: string; readonly parent: number; readonly group: number } | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name of the program stands in parentheses and may hold any character.
  const [state, parent, group] = text.slice(text.lastIndexOf(")") + 2).split(" ", 3);
  return { state: state ?? "", parent: Number(parent), group: Number(group) };
}

function variableOf(pid: number, variable: string): string | undefined {
  const text = read(`/proc/${pid}/environ`);
  if (text === undefined) return undefined;
  const start = `\0${text}`.indexOf(`\0${variable}=`);
  return start === -1 ? undefined : text.slice(start + variable.length + 1).split("\0", 1)[0];
}

/** `undefined` of a process that has just gone, or is not ours to read. @throws what the system says otherwise: then nobody knows */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (PASSED_OVER.has(systemCode(error))) return undefined;
    throw error;
  }
}
