import { readFileSync, unlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { messageOf } from "../base/error-message.ts";
import { itemAdviceIfExhausted } from "../base/exhausted.ts";
import { jsonCopy } from "../base/json-copy.ts";
import type { Json } from "../base/json.ts";
import type { AttemptOutcome } from "./executor.ts";
import type { AttemptFiles } from "./attempt-files.ts";
import { tailOfLog } from "./captured-log.ts";
import type { RunnerReport } from "./runner-protocol.ts";

type Refused = Extract<RunnerReport, { kind: "refused" }>;

const SYNC_BYTES_MAX = 64 * 1024;
const SIGNALS_OF_SHELL = 128;

export function spawnFailed(problem: string, retryable: boolean): AttemptOutcome {
  return { kind: "failed", reason: { code: "spawn_failed", message: problem }, retryable };
}

/** What the runner said about a start that did not work, for a person. */
export function refusal({ stage, problem, code }: Refused, folder: string): AttemptOutcome {
  const advice = itemAdviceIfExhausted(code);
  // What runs out comes back.
  if (advice !== undefined)
    return spawnFailed(`The command could not be started (${stage}): ${problem}. ${advice}`, true);
  if (stage === "folder") {
    return spawnFailed(
      `Expected a folder to run in at ${folder}, got: ${problem}. Create it, or change the task's cwd.`,
      false,
    );
  }
  if (stage === "shell") return spawnFailed(`/bin/sh could not be started: ${problem}`, false);
  return spawnFailed(`The command could not be started (${stage}): ${problem}`, true);
}

export function runnerLost(problem: string): AttemptOutcome {
  return noRunner(`The process that runs commands was lost: ${problem}. What the command had started was ended.`);
}

export function noRunner(message: string): AttemptOutcome {
  return { kind: "failed", reason: { code: "runner_lost", message }, retryable: true };
}

/** The outcome of a command that ended by itself with this wait status other than 0. */
export function failedWith(status: number, files: AttemptFiles, logBytes: number, tailLines: number): AttemptOutcome {
  const tail = logBytes === 0 ? [] : tailOfLog(files.log, tailLines);
  const data = { tail, ...(logBytes > 0 && { outputFile: files.log }) };
  const signalNumber = status & 0x7f;
  if (signalNumber !== 0) {
    const signal = nameOfSignal(signalNumber) ?? `signal ${signalNumber}`;
    return failed("signal", `ended by ${signal}`, { ...data, signal });
  }
  const exitCode = status >> 8;
  return failed("exit", `exit code ${exitCode}${meaningOf(exitCode)}`, { ...data, exitCode });
}

function failed(code: string, message: string, data: Json): AttemptOutcome {
  return { kind: "failed", reason: { code, message, data }, retryable: true };
}

function meaningOf(exitCode: number): string {
  if (exitCode === 127) return " (command not found)";
  if (exitCode === 126) return " (not executable)";
  const signal = exitCode > SIGNALS_OF_SHELL ? nameOfSignal(exitCode - SIGNALS_OF_SHELL) : undefined;
  return signal === undefined ? "" : ` (the shell's word for ${signal})`;
}

function nameOfSignal(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** The outcome of a command that ended with 0: its output value, when it wrote one. */
export function doneWith(
  { output }: AttemptFiles,
  bytes: number,
  bytesMax: number,
): AttemptOutcome | Promise<AttemptOutcome> {
  if (bytes === -1) return { kind: "done" };
  if (bytes < 0) return notJson("something that is not a file");
  if (bytes > bytesMax) {
    remove(output);
    return notJson(`${bytes} bytes; ${bytesMax} are allowed`);
  }
  if (bytes > SYNC_BYTES_MAX) return readFile(output).then((data) => parsed(data, output, bytesMax), cannotRead);
  try {
    return parsed(readFileSync(output), output, bytesMax);
  } catch (error) {
    return cannotRead(error);
  }
}

/** The outcome of a command that ended with 0 and has no output: what it wrote there is dropped. */
export function doneWithout({ output }: AttemptFiles, bytes: number): AttemptOutcome {
  if (bytes >= 0) remove(output);
  return { kind: "done" };
}

function parsed(data: Buffer, output: string, bytesMax: number): AttemptOutcome {
  remove(output);
  if (data.length === 0) return notJson("an empty file");
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch (error) {
    return notJson(error instanceof SyntaxError ? error.message.slice(0, 300) : "text that is not UTF-8");
  }
  const copy = jsonCopy(value, bytesMax);
  return copy.ok ? { kind: "done", output: copy.value } : notJson(copy.problem);
}

function cannotRead(error: unknown): AttemptOutcome {
  return notJson(`a file that cannot be read: ${messageOf(error)}`);
}

function notJson(got: string): AttemptOutcome {
  const message = `Expected one JSON value in the file SIGNALBOX_OUTPUT, got ${got}. Write one JSON value, or nothing.`;
  return { kind: "failed", reason: { code: "output_not_json", message }, retryable: false };
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Nobody reads it any more, whether it is there or not.
  }
}
