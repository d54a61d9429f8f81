import type { RanAt } from "./native-coverage.ts";

interface Place {
  readonly start: { readonly line: number; readonly column: number | null };
}

/** One file in istanbul's format, as far as it is used: where its statements and branches are, and how often each ran. */
export interface FileCoverage {
  readonly path: string;
  readonly statementMap: Readonly<Record<string, Place>>;
  readonly s: Record<string, number>;
  readonly branchMap: Readonly<Record<string, { readonly locations: readonly Place[] }>>;
  readonly b: Record<string, number[]>;
}

export interface Tally {
  lines: number;
  linesRan: number;
  branches: number;
  branchesRan: number;
}

/** Counts a statement or branch as run when any of these processes ran it. */
export function addProcesses(file: FileCoverage, text: string, processes: readonly RanAt[]): void {
  const lineStarts = [0];
  for (const line of text.split("\n")) lineStarts.push((lineStarts.at(-1) ?? 0) + line.length + 1);
  const ran = ({ start }: Place): boolean => {
    const offset = (lineStarts[start.line - 1] ?? 0) + (start.column ?? 0);
    return processes.some((ranAt) => ranAt(offset));
  };
  for (const [id, place] of Object.entries(file.statementMap)) if (file.s[id] === 0 && ran(place)) file.s[id] = 1;
  for (const [id, branch] of Object.entries(file.branchMap)) {
    file.b[id] = (file.b[id] ?? []).map((count, index) => {
      const place = branch.locations[index];
      return count === 0 && place !== undefined && ran(place) ? 1 : count;
    });
  }
}

/** A line has run when a statement that starts on it has. */
export function missedLines(file: FileCoverage): number[] {
  const ran = new Map<number, boolean>();
  for (const [id, { start }] of Object.entries(file.statementMap)) {
    ran.set(start.line, (ran.get(start.line) ?? false) || (file.s[id] ?? 0) > 0);
  }
  return [...ran].filter(([, hit]) => !hit).map(([line]) => line);
}

export function tallyOf(file: FileCoverage): Tally {
  const lines = new Set(Object.values(file.statementMap).map(({ start }) => start.line)).size;
  const branches = Object.values(file.b).flat();
  return {
    lines,
    linesRan: lines - missedLines(file).length,
    branches: branches.length,
    branchesRan: branches.filter((count) => count > 0).length,
  };
}
