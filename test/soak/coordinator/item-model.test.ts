/**
 * Goal: the campaign can fail: a coordinator with any of the known faults gives histories that are rejected, a right one never does.
 * Method: a coordinator of one item in a few lines, on made-up time, with one fault planted in it at a time.
 */
import { describe, expect, test } from "vitest";
import { checkHistory } from "../linear/check.ts";
import { seededRandom } from "../../../src/base/seeded-random.ts";
import { itemModel, type ItemInput, type ItemOperation, type ItemOutput, type Status } from "./item-model.ts";

const FAULTS = [
  "claims look first and write later",
  "reports of any token are taken",
  "reads are of an earlier time",
  "an acknowledged change is lost in a crash",
  "tokens begin anew after a crash",
  "a refusal tells what a crash then takes back",
  "a report that comes twice counts twice",
  "a claim is kept over its own end",
] as const;
type Fault = (typeof FAULTS)[number];

interface Row {
  status: Status;
  token: number;
  attempt: number;
  spent: number;
  seq: number;
}

/** One item, which every client may ask for anything; `at` is the moment at which it takes effect. */
class Planted {
  row: Row = { status: "todo", token: 0, attempt: 0, spent: 0, seq: 1 };
  earlier: Row[] = [];
  readonly #fault: Fault | undefined;
  readonly #random: () => number;
  #tokens = 1;

  constructor(fault: Fault | undefined, random: () => number) {
    this.#fault = fault;
    this.#random = random;
  }

  do(input: ItemInput, looked: Row): ItemOutput {
    const before = { ...this.row };
    const output = this.#do(input, this.#fault === FAULTS[0] && input.op === "claim" ? looked : this.row);
    this.earlier.push(before);
    return output;
  }

  crash(): void {
    if (this.#fault === FAULTS[3]) this.row = { ...(this.earlier.at(-1) ?? this.row) };
    if (this.#fault === FAULTS[4]) this.#tokens = 1;
    if (this.#fault === FAULTS[5] && this.row.status === "claimed") this.row = { ...this.row, status: "todo" };
  }

  #do(input: ItemInput, seen: Row): ItemOutput {
    const { row } = this;
    switch (input.op) {
      case "claim":
        if (seen.status !== "todo") return { code: seen.status === "claimed" ? "already_claimed" : "not_ready" };
        row.token = ++this.#tokens;
        row.attempt++;
        row.spent++;
        return { ...this.#moved("claimed"), token: row.token };
      case "read": {
        const shown = this.#fault === FAULTS[2] ? (this.earlier.at(-3) ?? row) : row;
        return { code: "ok", status: shown.status, seq: shown.seq, attempt: shown.attempt };
      }
      case "requeue":
        if (row.status !== "failed") return { code: "not_ready" };
        row.spent = 0;
        return this.#moved("todo");
      case "release":
      case "fail":
        return this.#report(input.op, input.token);
      default:
        throw new Error(`nobody asks for ${input.op} here`);
    }
  }

  #report(op: "release" | "fail", token: number): ItemOutput {
    const { row } = this;
    const isStale = row.status !== "claimed" || (token !== row.token && this.#fault !== FAULTS[1]);
    if (isStale) {
      const again = op === "fail" && row.status === "failed" && token === row.token;
      return again
        ? { code: "ok", ...this.#shown() }
        : { code: row.attempt === 0 ? "not_claimed" : "stale_fencing_token" };
    }
    if (op === "release") row.spent--;
    if (op === "fail" && this.#fault === FAULTS[6]) row.spent++;
    if (this.#fault === FAULTS[7] && this.#random() < 0.5) return { ...this.#moved("claimed"), status: "todo" };
    return this.#moved(op === "fail" && row.spent >= 3 ? "failed" : "todo");
  }

  #moved(status: Status) {
    this.row.status = status;
    this.row.seq++;
    return { code: "ok" as const, ...this.#shown() };
  }

  #shown() {
    const { status, seq, attempt } = this.row;
    return { status, seq, attempt };
  }
}

/** Overlapping operations of several clients, each taking effect at a moment of its own; some answers are lost. */
function history(seed: number, fault: Fault | undefined): ItemOperation[] {
  const random = seededRandom(seed);
  const item = new Planted(fault, random);
  const found: ItemOperation[] = [
    {
      called: 0,
      returned: 1,
      input: { op: "create", attemptsMax: 3 },
      output: { code: "ok", status: "todo", seq: 1, attempt: 0 },
    },
  ];
  const known: number[] = [];
  for (let at = 2; at < 150; at++) {
    if (random() < 0.03) {
      item.crash();
      continue;
    }
    const token = known.at(random() < 0.8 ? -1 : -2) ?? 1;
    const choices: readonly ItemInput[] = [
      { op: "claim" },
      { op: "claim" },
      { op: "fail", token, retryable: true },
      { op: "release", token },
      { op: "requeue" },
      { op: "read" },
    ];
    const input = choices[Math.floor(random() * choices.length)]!;
    const called = at - random() * 4;
    const looked = { ...(item.earlier.at(-1) ?? item.row) };
    const output = item.do(input, looked);
    const isLost = input.op !== "read" && random() < 0.03;
    if (output.code === "ok" && "token" in output && output.token !== undefined && !isLost) known.push(output.token);
    const returned = at + random() * 4;
    found.push(isLost ? { called, returned: Infinity, input, output: undefined } : { called, returned, input, output });
  }
  return found;
}

describe("histories of one item", () => {
  test("those of a right coordinator are legal", () => {
    for (let seed = 1; seed <= 60; seed++)
      expect([seed, checkHistory(itemModel, history(seed, undefined)).verdict]).toEqual([seed, "legal"]);
  });

  test.each(FAULTS)("rejected: %s", (fault) => {
    const verdicts = Array.from({ length: 20 }, (_, n) => checkHistory(itemModel, history(n + 1, fault)).verdict);
    expect(verdicts.filter((verdict) => verdict === "illegal").length).toBeGreaterThan(5);
    expect(verdicts).not.toContain("unknown");
  });

  test("a lease may end by itself, but no sooner than it does", () => {
    const claim = {
      called: 2,
      returned: 3,
      input: { op: "claim" },
      output: { code: "ok", status: "claimed", seq: 2, attempt: 1, token: 2 },
    } as const;
    const create = {
      called: 0,
      returned: 1,
      input: { op: "create", attemptsMax: 2 },
      output: { code: "ok", status: "todo", seq: 1, attempt: 0 },
    } as const;
    const expire = { called: 102, returned: Infinity, input: { op: "expire", token: 2 }, output: undefined } as const;
    const readAt = (at: number): ItemOperation => ({
      called: at,
      returned: at + 1,
      input: { op: "read" },
      output: { code: "ok", status: "todo", seq: 3, attempt: 1 },
    });
    expect(checkHistory(itemModel, [create, claim, expire, readAt(150)]).verdict).toBe("legal");
    expect(checkHistory(itemModel, [create, claim, expire, readAt(50)]).verdict).toBe("illegal");
    expect(checkHistory(itemModel, [create, claim, readAt(150)]).verdict).toBe("illegal");
  });
});

test("of two creations whose answers were lost, either may be the one that was done: what came of a failure tells which", () => {
  const lost = (called: number, attemptsMax: number): ItemOperation => ({
    called,
    returned: Infinity,
    input: { op: "create", attemptsMax },
    output: undefined,
  });
  const claim = { code: "ok", status: "claimed", seq: 5, attempt: 1, token: 5 } as const;
  const failed = (status: "todo" | "failed"): ItemOperation[] => [
    lost(1, 1),
    lost(2, 4),
    { called: 3, returned: 4, input: { op: "claim" }, output: claim },
    {
      called: 5,
      returned: 6,
      input: { op: "fail", token: 5, retryable: true },
      output: { code: "ok", status, seq: 7, attempt: 1 },
    },
  ];
  for (const status of ["todo", "failed"] as const)
    expect(checkHistory(itemModel, failed(status))).toEqual({ verdict: "legal" });
});
