import { harmless } from "../../base/harmless.ts";
import type { RunResult } from "../../engine/run.ts";
import { countOf, formatCount } from "./format.ts";
import type { Paint } from "../terminal/style.ts";

const SHOWN = 5;

interface Shown {
  readonly paint: Paint;
  /** A path as the user would write it. */
  readonly showPath: (path: string) => string;
}

type Told = NonNullable<RunResult["worktrees"]>[number];

/** What was committed, where something is that was not, and what to do about it. */
export function worktreeLines({ worktrees = [] }: RunResult, { paint, showPath }: Shown): string[] {
  const branches = worktrees.filter(({ branch, commit, base }) => branch !== undefined && commit !== base);
  const saved = worktrees.filter(({ saved: held }) => (held?.ref ?? held?.copy) !== undefined);
  const kept = worktrees.filter(({ isThere }) => isThere);
  return [
    ...(branches.length === 0 ? [] : [paint("strong", "Branches:"), ...firstOf(branches, branchLines)]),
    ...(saved.length === 0
      ? []
      : [paint("strong", "Saved, not committed:"), ...firstOf(saved, (each) => savedLines(each, showPath))]),
    ...(kept.length === 0
      ? []
      : [
          paint("warn", `${countOf(kept.length, "worktree")} kept:`),
          ...firstOf(kept, (each) => keptLines(each, showPath)),
        ]),
  ];
}

function firstOf(all: readonly Told[], linesOf: (each: Told) => string[]): string[] {
  const more = all.length - SHOWN;
  return [...all.slice(0, SHOWN).flatMap(linesOf), ...(more > 0 ? [`  … and ${formatCount(more)} more`] : [])];
}

const ROLES: Readonly<Record<Told["role"], string>> = {
  latest: "",
  earlier: " (an earlier attempt)",
  undo: " (its undo)",
};

function branchLines({ branch = "", role, filesTotal, insertions, deletions }: Told): string[] {
  const size = `${countOf(filesTotal, "file")}, +${formatCount(insertions)} -${formatCount(deletions)}`;
  return [`  ${harmless(branch)}  ${size}${ROLES[role]}`];
}

function savedLines({ item, role, saved }: Told, showPath: Shown["showPath"]): string[] {
  const places = [saved?.ref, saved?.copy === undefined ? undefined : showPath(saved.copy)];
  return [
    `  ${harmless(item)}${ROLES[role]}  ${places.flatMap((place) => (place ? [harmless(place)] : [])).join(", ")}`,
  ];
}

function keptLines({ item, role, path, findings, remedy }: Told, showPath: Shown["showPath"]): string[] {
  return [
    `  ${harmless(item)}${ROLES[role]}  ${harmless(showPath(path))}`,
    ...findings.map((finding) => `    ${harmless(finding)}`),
    ...(remedy === undefined ? [] : [`    ${harmless(remedy)}`]),
  ];
}
