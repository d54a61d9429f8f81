import { rmSync } from "node:fs";
import { onTestFinished } from "vitest";
import { makeFolder } from "./cli.ts";

/** A folder with these files that is gone after the test. */
export function tempFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = makeFolder(files);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
