/**
 * Checksums. SQLite notices a broken structure but not a flipped bit inside a text or a number, so each run carries a
 * CRC-32 over its plan and options, one over its head, and one over all its transitions in order. Writing computes them from
 * what was asked to be stored, reading from what is stored; both must build the same text, so both stand here side by side.
 */
import { crc32 } from "node:zlib";
import type { RunRecord } from "../journal.ts";
import type { RunHead } from "../ledger.ts";
import type { TransitionRow } from "./messages.ts";

export { crc32 };

/** One transition as text. `mono` counts by its whole microseconds, which both sides compute alike. */
export function transitionLine(row: TransitionRow): string {
  const micros = Math.trunc(row.mono * 1000);
  const state = `${row.item}|${row.event}|${row.from}|${row.to}|${row.attempt}|${row.refunded}|${row.token}`;
  return `${row.seq}|${row.at}|${micros}|${row.epoch}|${state}|${row.actor}|${row.reason ?? ""}|${row.data ?? ""}\n`;
}

/** The same text in SQL; `concat_ws` is a third faster than a chain of `||`, and leaves NULL out, hence `ifnull`. */
export const TRANSITION_LINE_SQL = `concat_ws('|', seq, at, CAST(mono * 1000 AS INTEGER), epoch, item, event, from_status, to_status, attempt,
  refunded, token, actor, ifnull(reason, ''), ifnull(data, '')) || char(10)`;

export function recordSum(record: RunRecord, optionsText: string): number {
  const parts = [
    record.id,
    record.name,
    record.createdAt,
    record.planHash,
    record.planFile ?? "",
    record.size,
    record.machineVersion,
  ];
  return crc32(`${parts.join("|")}|${optionsText}|${record.planText}`);
}

export interface HeadSums {
  /** CRC-32 of all transitions in order. */
  transitions: number;
  /** Length of the longest transition as text: says how many fit into one piece of memory. */
  longestLine: number;
}

/** About as many characters are summed at once. */
const PIECE_CHARS = 8 * 1024 * 1024;
const PIECE_LINES_MAX = 2_000;

/** Transitions that are summed at once; at least one, however long. */
export function linesInPiece(longestLine: number): number {
  return Math.max(1, Math.min(PIECE_LINES_MAX, Math.floor(PIECE_CHARS / (longestLine + 1))));
}

export function headSum(head: RunHead, sums: HeadSums): number {
  const { claimed, done, failed, cancelled } = head.counts;
  const times = `${head.startedAt ?? ""}|${head.finishedAt ?? ""}`;
  const counts = `${claimed}|${done}|${failed}|${cancelled}`;
  // Heads that were written before there was the column have the same sum still.
  const added = head.added === 0 ? "" : `|${head.added}`;
  return crc32(
    `${head.seq}|${head.epoch}|${head.status}|${times}|${counts}|${sums.longestLine}|${sums.transitions}${added}`,
  );
}

/** Up to where the log of a run was compacted, and what is left of it up to there. */
export interface Base {
  readonly seq: number;
  /** CRC-32 of all transitions up to `seq`, those that are gone included: the checksum of the head goes on from it. */
  readonly transitions: number;
  /** Transitions up to `seq` that are there. */
  readonly kept: number;
  /** Their CRC-32, in order. */
  readonly keptSum: number;
  /** The file that has those that went last. */
  readonly exported: string | undefined;
}

export function baseSum(key: number, { seq, transitions, kept, keptSum, exported }: Base): number {
  return crc32(`${key}|${seq}|${transitions}|${kept}|${keptSum}|${exported ?? ""}`);
}
