import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { UsageError } from "../../base/errors.ts";

const LINKS_MAX = 40;

/** The real path of something that may not be there yet: links are followed, also those that lead to nothing. */
export function realPathOf(path: string, linksMax = LINKS_MAX): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    return dirname(path) === path ? path : join(realPathOf(dirname(path), linksMax), basename(path));
  }
  if (!found.isSymbolicLink() || existsSync(path) || linksMax === 0) return realpathSync.native(path);
  return realPathOf(resolve(dirname(path), readlinkSync(path)), linksMax - 1);
}

/** Whether a real path is the folder or inside of it. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * The place of a relative path inside a folder, links followed.
 * @throws UsageError when it is absolute or leads out of the folder, by its words or by a link on the way
 */
export function containedPath(folder: string, path: string, what: string): string {
  const root = realPathOf(folder);
  const place = join(root, path);
  if (path !== "" && !isAbsolute(path) && isInside(root, place) && place !== root && isInside(root, realPathOf(place)))
    return place;
  throw new UsageError(
    `expected ${what} to be a relative path inside ${root}, got ${JSON.stringify(path)}, which leads out of it; give one that stays inside`,
  );
}
