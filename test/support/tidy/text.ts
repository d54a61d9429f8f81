import { dirname, join } from "node:path/posix";
import type { Finding, TextFile } from "./source.ts";

// The folders of somebody's machine; put together from words, because this file is read by its own rule.
const personalFolders = ["work", "tmp", "root", "home/\\w+", "Users/\\w+"].join("|");
const machinePath = new RegExp(`(^|[\\s"'\`(=:])/(${personalFolders})(?=[/"'\`\\s),;]|$)`);
const registryHost = /https?:\/\/[^/\s"'`)]*(registry|npm)[^/\s"'`)]*/i;
const publicHosts = /^https:\/\/(www\.|docs\.)?npmjs\.com$/;

export function placelessText(file: TextFile): Finding[] {
  return file.text.split("\n").flatMap((text, index) => {
    const fault = machinePath.test(text)
      ? "path of one machine: use a temporary folder or a relative path"
      : hostFault(text);
    return fault === undefined ? [] : [{ path: file.path, line: index + 1, message: fault }];
  });
}

function hostFault(text: string): string | undefined {
  const host = registryHost.exec(text)?.[0];
  return host === undefined || publicHosts.test(host) ? undefined : `address of a registry: ${host}`;
}

/** One `#` title, on the first line: the page's name in every list. */
export function pageTitle(file: TextFile): Finding[] {
  const titles = withoutCode(file.text)
    .split("\n")
    .flatMap((line, index) => (/^# \S/.test(line) ? [index + 1] : []));
  if (titles.length === 1 && titles[0] === 1) return [];
  return [
    {
      path: file.path,
      line: titles[1] ?? titles[0] ?? 0,
      message: `a page has one "# title", on line 1; this one has ${titles.length}`,
    },
  ];
}

/** Relative links lead to a file that is there (`exists` takes a path from the root), and `#anchors` to a heading. */
export function pageLinks(
  file: TextFile,
  exists: (path: string) => boolean,
  read: (path: string) => string,
): Finding[] {
  const lines = withoutCode(file.text).split("\n");
  return lines.flatMap((line, index) =>
    [...line.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)[^)]*\)/g)].flatMap((match) => {
      const fault = linkFault(file, match[1] ?? "", exists, read);
      return fault === undefined ? [] : [{ path: file.path, line: index + 1, message: fault }];
    }),
  );
}

function linkFault(
  file: TextFile,
  link: string,
  exists: (path: string) => boolean,
  read: (path: string) => string,
): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [target = "", anchor] = link.split("#");
  const path = target === "" ? file.path : join(dirname(file.path), target);
  if (!exists(path)) return `link to ${link}: there is no ${path}`;
  if (anchor === undefined || !path.endsWith(".md")) return undefined;
  const text = target === "" ? file.text : read(path);
  return anchorsOf(text).has(anchor) ? undefined : `link to ${link}: no such heading in ${path}`;
}

function anchorsOf(text: string): Set<string> {
  const headings = withoutCode(text)
    .split("\n")
    .filter((line) => /^#{1,6} /.test(line));
  const anchors = new Set<string>();
  for (const heading of headings) {
    const words = heading
      .replace(/^#+ /, "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "");
    const anchor = words.trim().replaceAll(" ", "-");
    // A second heading of the same name gets a number, as the hosts of Markdown do it.
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The same lines with those of code blocks emptied. */
function withoutCode(text: string): string {
  let fence: string | undefined;
  const lines = text.split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && mark?.startsWith(fence)) fence = undefined;
    else if (fence === undefined) return line;
    return "";
  });
  return lines.join("\n");
}

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

/** The lockfile names no registry, pins every package, and needs no install script. */
export function lockfile(file: TextFile): Finding[] {
  // npm writes it; the fields that are read here are checked one by one.
  const { packages } = JSON.parse(file.text) as { readonly packages: Readonly<Record<string, LockEntry>> };
  return Object.entries(packages).flatMap(([name, entry]) => {
    const fault = lockFault(name, entry);
    return fault === undefined ? [] : [{ path: file.path, line: 0, message: `${name}: ${fault}` }];
  });
}

function lockFault(name: string, entry: LockEntry): string | undefined {
  if (/^https?:/.test(entry.resolved ?? "")) return "carries the address of a registry (see .npmrc)";
  if (name !== "" && entry.link !== true && entry.version === undefined) return "has no version";
  return entry.hasInstallScript === true ? "has an install script, which setup never runs" : undefined;
}
