/**
 * What the process that holds state and the runner process say to each other. Both runners speak it; the one in Python
 * cannot share this code, so `test/conformance/command-runner.ts` holds the two together.
 *
 * Requests, on the runner's descriptor 3, are a line and the number of bytes it announces, fields parted by NUL:
 *   `E 0 <bytes>`    environment of all commands to come: `NAME=value` fields
 *   `S <id> <bytes>` start: folder, log, output file, inputs file, its new text ("": leave it alone), command, variables …
 *   `K <id> <ms>`    end it: TERM, after this grace KILL; 0 kills at once
 * End of input: end everything the same way, then exit.
 *
 * Reports, on descriptor 4, are lines:
 *   `R`                                    ready
 *   `S <id> <pid>`                         started; the pid is its process group too
 *   `F <id> <stage> <errno> <text>`        could not be started, with the system's number of why (0: none); an `X` follows
 *   `X <id> <status> <output> <log> <flags>` over, nothing of it runs: wait status, bytes of the output file (-1: none) and of the log
 */
import { getSystemErrorName } from "node:util";

export const REQUEST_FD = 3;
export const REPORT_FD = 4;

export const ENDED_BY_REQUEST = 1;
/** It left processes behind, which were ended. */
export const LEFT_PROCESSES = 2;
/** Something of it survived even KILL (a process that hangs in the kernel). */
export const NOT_ENDED = 4;

export interface StartRequest {
  readonly id: number;
  readonly folder: string;
  readonly log: string;
  readonly output: string;
  readonly inputs: string;
  /** Replaces what is in the file `inputs` before the start; empty: it stands there already. */
  readonly inputsText: string;
  readonly command: string;
  /** `NAME=value` */
  readonly variables: readonly string[];
}

export type RunnerReport =
  | { readonly kind: "ready" }
  | { readonly kind: "started"; readonly id: number; readonly pid: number }
  | {
      readonly kind: "refused";
      readonly id: number;
      readonly stage: string;
      /** Code of the system: `ENOENT`, say. */
      readonly code: string | undefined;
      readonly problem: string;
    }
  | {
      readonly kind: "over";
      readonly id: number;
      readonly status: number;
      readonly outputBytes: number;
      readonly logBytes: number;
      readonly flags: number;
    };

export function environmentRequest(environment: ReadonlyMap<string, string>): string {
  const fields = [...environment].map(([name, value]) => `${name}=${value}`).join("\0");
  return `E 0 ${Buffer.byteLength(fields)}\n${fields}`;
}

export function startRequest(request: StartRequest): string {
  const { id, folder, log, output, inputs, inputsText, command, variables } = request;
  const fields = [folder, log, output, inputs, inputsText, command, ...variables].join("\0");
  return `S ${id} ${Buffer.byteLength(fields)}\n${fields}`;
}

export function endRequest(id: number, graceMs: number): string {
  return `K ${id} ${Math.ceil(graceMs)}\n`;
}

/** `undefined`: not a report of ours. */
export function parseReport(line: string): RunnerReport | undefined {
  const [kind, id, a, b, c, d] = line.split(" ");
  switch (kind) {
    case "R":
      return { kind: "ready" };
    case "S":
      return { kind: "started", id: Number(id), pid: Number(a) };
    case "F":
      return {
        kind: "refused",
        id: Number(id),
        stage: a ?? "",
        code: codeOf(Number(b)),
        problem: line.split(" ").slice(4).join(" "),
      };
    case "X":
      return {
        kind: "over",
        id: Number(id),
        status: Number(a),
        outputBytes: Number(b),
        logBytes: Number(c),
        flags: Number(d),
      };
    default:
      return undefined;
  }
}

function codeOf(errno: number): string | undefined {
  return errno > 0 ? getSystemErrorName(-errno) : undefined;
}
