import { join } from "node:path";
import type { Stage } from "./executor.ts";

/** Which attempt; its claim's token keeps apart two attempts with one number (an interrupted one does not count). */
export interface AttemptName {
  readonly runId: string;
  readonly item: string;
  readonly attempt: number;
  readonly token: number;
  /** Default `run`. */
  readonly stage?: Stage | undefined;
}

/** Absolute paths of what one attempt of a command leaves or exchanges. */
export interface AttemptFiles {
  /** Of all attempts of the run. */
  readonly folder: string;
  /** What it printed, standard output and standard error in the order of writing. Not there when it printed nothing. */
  readonly log: string;
  /** `SIGNALBOX_INPUTS`, if they are big; there while the attempt runs. */
  readonly bigInputs: string;
  /** `SIGNALBOX_OUTPUT`; there when the command wrote it, until it is read. */
  readonly output: string;
}

// With the token and the longest ending it stays under 255 bytes, the limit of file systems.
const READABLE_CHARS_MAX = 100;

/** Where the files of this attempt are. The names hold letters, digits, `.`, `_`, `-` only, whatever the key is. */
export function attemptFiles(
  outputDirectory: string,
  { runId, item, attempt, token, stage = "run" }: AttemptName,
): AttemptFiles {
  const folder = join(outputDirectory, safe(runId));
  const ofStage = stage === "run" ? "" : `.${stage}`;
  const base = join(folder, `${safe(item)}.${attempt}.${token}${ofStage}`);
  return { folder, log: `${base}.log`, bigInputs: `${base}.inputs.json`, output: `${base}.output.json` };
}

function safe(text: string): string {
  const readable = text.slice(0, READABLE_CHARS_MAX).replaceAll(/[^A-Za-z0-9._-]+/g, "_");
  // `.` and `..` are folders, a leading `-` reads like an option.
  return /^[.-]/.test(readable) || readable === "" ? `_${readable}` : readable;
}
