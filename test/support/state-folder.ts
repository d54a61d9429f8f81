import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Path of a state directory that does not exist yet; it is gone after the test. */
export function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-state-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, ".signalbox");
}
