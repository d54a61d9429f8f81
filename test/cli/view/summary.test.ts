/** The summary at the end of a run: complete for a small run, of bounded length for a large one, harmless for any. */
import { describe, expect, test } from "vitest";
import { renderSummary } from "../../../src/cli/view/summary.ts";
import { plainPaint } from "../../../src/cli/terminal/style.ts";
import type { RunResult } from "../../../src/engine/run.ts";

const context = { paint: plainPaint, showPath: (path: string) => path, next: ["signalbox why b"] };

function result(more: Partial<RunResult> = {}): RunResult {
  return {
    runId: "run",
    name: "demo",
    outcome: "done",
    seq: 10,
    counts: { todo: 0, claimed: 0, done: 4, failed: 0, cancelled: 0 },
    durationMs: 1_000,
    sequentialMs: 3_000,
    liveItemsPeak: 3,
    pressureMs: 0,
    failures: [],
    blocked: [],
    skipped: [],
    criticalPath: [
      { item: "a", ms: 400 },
      { item: "d", ms: 500 },
    ],
    criticalPathMs: 900,
    slowest: [
      { item: "d", ms: 500 },
      { item: "a", ms: 400 },
    ],
    // The summary is made of the figures above only.
    snapshot: undefined as never,
    ...more,
  };
}

test("a good run: figures, critical path, slowest items, what to type next", () => {
  expect(renderSummary(result(), context)).toBe(`demo  done in 1.0 s
  4 items done; at most 3 live at once
  one by one      3.0 s, 3.0 times as long
  critical path   900 ms  a -> d
  slowest         d 500 ms, a 400 ms

Next:
  signalbox why b
`);
});

describe("a run with worktrees", () => {
  const worktree = {
    item: "a",
    role: "latest" as const,
    path: "/state/worktrees/run/a-1",
    isThere: false,
    branch: "signalbox/run/a",
    base: "1",
    commit: "2",
    filesModified: ["x"],
    filesTotal: 1,
    insertions: 3,
    deletions: 1_000,
    undeclared: [],
    findings: [],
    remedy: undefined,
    saved: undefined,
  };

  test("tells the branches that hold commits, and which worktrees are still there and why", () => {
    const kept = {
      ...worktree,
      item: "b",
      isThere: true,
      commit: "1",
      path: "/w/b",
      findings: ["untracked: \u001b[31mx"],
      remedy: "commit it",
    };
    const text = renderSummary(result({ worktrees: [worktree, kept, { ...worktree, branch: undefined }] }), context);
    expect(text).toContain("\n\nBranches:\n  signalbox/run/a  1 file, +3 -1,000\n");
    expect(text).toContain("\n1 worktree kept:\n  b  /w/b\n    untracked: x\n    commit it\n");
  });

  test("tells what earlier attempts and undos left, and what was saved", () => {
    const earlier = { ...worktree, role: "earlier" as const, branch: "signalbox/run/a.1" };
    const undo = { ...worktree, role: "undo" as const, commit: "1", saved: { ref: "refs/x", copy: "/w/copy" } };
    const text = renderSummary(result({ worktrees: [worktree, earlier, undo] }), context);
    expect(text).toContain("  signalbox/run/a.1  1 file, +3 -1,000 (an earlier attempt)\n");
    expect(text).toContain("Saved, not committed:\n  a (its undo)  refs/x, /w/copy\n");
  });

  test("tells of many only the first, and how many more there are", () => {
    const text = renderSummary(
      result({ worktrees: Array.from({ length: 1_000 }, () => ({ ...worktree, isThere: true })) }),
      context,
    );
    expect(text.match(/… and 995 more/g)).toHaveLength(2);
    expect(text.split("\n").length).toBeLessThan(40);
  });
});

describe("a bad run", () => {
  const failures = [
    {
      item: "b",
      reason: {
        code: "exit",
        message: "exit code 2",
        data: { exitCode: 2, tail: ["one", "two"], outputFile: "out/b.log" },
      },
    },
  ];
  const blocked = [
    { item: "c", by: ["b"], reason: "blocked_by_failure" },
    { item: "r", by: [], reason: "needs_a_claim" },
  ];

  test("tells what failed, with its last lines and its file, apart from what never ran", () => {
    const text = renderSummary(result({ outcome: "failed", failures, blocked }), context);
    expect(text).toContain(
      "1 item failed:\n  ✗ b  exit code 2\n      | one\n      | two\n      all of its output: out/b.log\n",
    );
    expect(text).toContain("2 items never ran:\n  c  held by b\n  r  needs a claim\n");
  });

  test("is bounded: ten thousand failures are counted, not listed", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ item: `f${i}`, reason: { code: "exit" } }));
    const by = many.map(({ item }) => item);
    const held = many.map(({ item }) => ({ item: `${item}x`, by, reason: "blocked_by_failure" }));
    const text = renderSummary(result({ outcome: "failed", failures: many, blocked: held }), context);
    expect(text.split("\n").length).toBeLessThan(60);
    expect(text.length).toBeLessThan(5_000);
    expect(text).toContain("10,000 items failed:");
    expect(text).toContain("and 9,990 more");
  });

  test("a long critical path keeps its ends", () => {
    const criticalPath = Array.from({ length: 1_000 }, (_, i) => ({ item: `t${i}`, ms: 1 }));
    const text = renderSummary(result({ criticalPath }), context);
    expect(text).toMatch(/t0 -> t1 -> .* -> … 992 more … -> t999\n/);
  });

  test("nothing in it can move the cursor", () => {
    const evil = "\u001b[2J\r\b\u202e";
    const reason = { code: "exit", message: evil, data: { tail: [evil], outputFile: evil } };
    const text = renderSummary(
      result({ name: evil, failures: [{ item: evil, reason }], blocked: [{ item: evil, by: [evil], reason: evil }] }),
      context,
    );
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

describe("a rollback", () => {
  const reason = { code: "exit", message: "exit code 4", data: { tail: ["why"] } };

  test("is told after the failures: what was undone, what could not be, and why", () => {
    const rollback = { undone: ["c", "b"], skipped: ["e"], failed: [{ item: "d", reason }] };
    expect(renderSummary(result({ outcome: "failed", rollback }), context)).toContain(`
Rolled back, 2 items undone: c, b
  done, and without an undo: e
  done, and not undone, because the undo failed:
  ✗ d  exit code 4
      | why
`);
  });

  test("says so when there was nothing to undo, and stays short when there was much", () => {
    const none = { undone: [], skipped: [], failed: [] };
    expect(renderSummary(result({ rollback: none }), context)).toContain("\nRolled back, 0 items undone.\n");
    const keys = Array.from({ length: 1_000 }, (_, index) => `item-${index}\u001b[2J`);
    const many = { undone: keys, skipped: keys, failed: keys.map((item) => ({ item, reason })) };
    const text = renderSummary(result({ rollback: many }), context);
    expect(text.split("\n").length).toBeLessThan(60);
    expect(text).toContain(" and 995 more\n");
    expect(text).not.toContain("\u001b");
  });
});

test("what was tried and not tried again has its own error, and is not said to have never run", () => {
  const reason = {
    code: "exit",
    message: "exit code 7",
    data: { tail: ["real cause"], outputFile: "/state/flaky.log" },
  };
  const text = renderSummary(
    result({
      outcome: "failed",
      blocked: [
        { item: "flaky", by: [], reason: "not_tried_again", attempt: 1, lastReason: reason },
        { item: "behind", by: [], reason: "not_started" },
      ],
    }),
    context,
  );
  expect(text).toContain("1 not tried again, 1 never ran;");
  expect(text).toContain("1 item tried, and not tried again:\n  ✗ flaky  exit code 7\n      | real cause\n");
  expect(text).toContain("      that was attempt 1\n");
  expect(text).toContain("1 item never ran:\n  behind  not started\n");
});
