/**
 * What the command line prints as JSON, made harmless for terminals.
 *
 * I1  A JSON text printed here holds no control character, also none that JSON itself would let through.
 */
import type { RunSummary } from "../journal/journal.ts";
import { formatTime } from "./view/format.ts";

/** Characters that JSON allows as they are, and that would move a cursor, turn text round or hide in it. */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The same JSON, with every character that could do something to a terminal written as an escape. */
export function safeJsonText(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One line of newline-delimited JSON. */
export function jsonLine(value: unknown): string {
  return `${safeJsonText(JSON.stringify(value))}\n`;
}

/** One JSON document for people and programs. */
export function jsonDocument(value: unknown): string {
  return `${safeJsonText(JSON.stringify(value, undefined, 2))}\n`;
}

/** A stored run without its items. */
export function summaryOnWire(run: RunSummary): object {
  return {
    run_id: run.id,
    name: run.name,
    status: run.status,
    seq: run.seq,
    epoch: run.epoch,
    size: run.size,
    counts: run.counts,
    created_at: formatTime(run.createdAt),
    started_at: run.startedAt === undefined ? null : formatTime(run.startedAt),
    finished_at: run.finishedAt === undefined ? null : formatTime(run.finishedAt),
    plan_hash: run.planHash,
    plan_file: run.planFile ?? null,
    machine_version: run.machineVersion,
    options: run.options,
  };
}
