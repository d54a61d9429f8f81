/**
 * Keeps the links of worktrees out of commits. A line such as `node_modules/` of a `.gitignore` means folders only: a link of that
 * name is a new file for git, and `git add .` would commit it. Git has no exclude file for one worktree: that in the git folder counts
 * for all. So the links of our worktrees stand there, between two marks, as long as one of those worktrees does.
 *
 * K1 only what git ignores in the source stands there: for everybody else nothing changes.
 * K2 all other lines stay as they are, byte by byte; the block comes first, so that they count more.
 * K3 it is written as a whole, under the repository lock.
 */
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { bytesIfThere } from "../../base/if-there.ts";
import { containedPath, realPathOf } from "./contained-path.ts";
import type { Git } from "./git-port.ts";
import { markerNames, readMarker, writeMarker } from "./marker.ts";

const BEGIN = "# signalbox: links of its worktrees, which git would commit; this goes with the last of them\n";
const END = "# signalbox: end\n";

/** Of the links, those that are there and that git ignores in the source, as paths from its top. */
export async function linksToKeepOut(
  git: Git,
  source: string | undefined,
  links: readonly string[],
): Promise<readonly string[]> {
  if (source === undefined || links.length === 0) return [];
  const top = realPathOf(source);
  const places = links.map((link) => containedPath(source, link, "a shared folder"));
  const there = places.filter((place) => lstatSync(place, { throwIfNoEntry: false }) !== undefined);
  const names = there.map((place) => relative(top, place).replaceAll(sep, "/")).filter((name) => !/[\n\r]/.test(name));
  return await ignored(git, source, names);
}

/** @throws UsageError when git would commit one of the links that were made in a worktree */
export async function checkKeptOut(git: Git, worktree: string, made: readonly string[]): Promise<void> {
  if (made.length === 0) return;
  const kept = new Set(await ignored(git, worktree, made));
  const open = made.find((name) => !kept.has(name));
  if (open === undefined) return;
  throw new UsageError(
    `expected links of worktrees to be paths that git ignores, got ${JSON.stringify(open)}, and a commit of an item would take the link in; write it into .gitignore or .git/info/exclude of the repository, or leave it out of the links`,
  );
}

async function ignored(git: Git, folder: string, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const answer = await git(folder, ["check-ignore", "-z", "--stdin"], { input: `${names.join("\0")}\0` });
  return answer.stdout.split("\0").filter((name) => name !== "");
}

/** Writes the links of all markers into git's exclude file. Under the repository lock. @throws what the system says */
export function writeKeptOut(repository: string): void {
  const names = markerNames(repository);
  const links = new Set(names.flatMap((name) => readMarker(repository, name)?.links ?? []));
  const file = realPathOf(join(repository, "info", "exclude"));
  const before = bytesIfThere(file);
  // Left by one who was killed between the two.
  rmSync(`${file}.signalbox`, { force: true });
  const lines = [...links].toSorted().map((link) => `${patternOf(link)}\n`);
  const block = Buffer.from(lines.length === 0 ? "" : `${BEGIN}${lines.join("")}${END}`);
  const after = Buffer.concat([block, withoutBlock(before ?? Buffer.alloc(0))]);
  if (after.equals(before ?? Buffer.alloc(0))) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.signalbox`, after, {
    mode: (lstatSync(file, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o777,
  });
  renameSync(`${file}.signalbox`, file);
}

/**
 * A worktree goes, and its links with it. Its marker says so first: of two that go at once, each would find the marker of the other.
 * Under the repository lock.
 */
export function dropKeptOut(repository: string, name: string): void {
  try {
    const marker = readMarker(repository, name);
    if (marker?.links === undefined) return;
    if (marker.links.length > 0) writeMarker(repository, { ...marker, links: [] });
    // Also when it has none any more: whoever took them from it may have been killed before the lines went.
    writeKeptOut(repository);
  } catch {
    // Lines too many harm nobody, and the next worktree takes them away.
  }
}

function withoutBlock(text: Buffer): Buffer {
  const from = text.indexOf(BEGIN);
  const to = from < 0 ? -1 : text.indexOf(END, from);
  return to < 0 ? text : Buffer.concat([text.subarray(0, from), text.subarray(to + END.length)]);
}

/** The very path and nothing else, as a `.gitignore` says it. */
const patternOf = (path: string): string =>
  `/${path.replaceAll(/[\\*?[]/g, String.raw`\$&`).replace(/ +$/, (spaces) => String.raw`\ `.repeat(spaces.length))}`;
