/**
 * Goal: the invariants of the specification of a run tell a state that no run may come to, so that who walks through its states would
 * see one. Method: such states by hand, each for one invariant; and states at their edge, which are sound.
 */
import { expect, test } from "vitest";
import type { ItemSpecState } from "../../machines/run-spec-edges.ts";
import {
  acceptedEvents,
  initialRunSpecState,
  runSpecInvariants,
  stepRunSpec,
  type RunSpec,
  type RunSpecState,
} from "../../machines/run-spec.ts";

/** States that no run may come to, by the invariant that each of them breaks. */
const one: RunSpec = { needs: [[], [0]], liveItemsMax: 1, attemptsMax: 1, onFailure: "isolate" };
const two: RunSpec = { ...one, needs: [[], []], liveItemsMax: 2 };
const back: RunSpec = { ...two, onFailure: "rollback", undo: [true, true] };
const todo: ItemSpecState = { status: "todo", spent: 0, ending: false };
const claimed: ItemSpecState = { ...todo, status: "claimed", spent: 1 };
const done: ItemSpecState = { ...todo, status: "done", spent: 1 };
const failed: ItemSpecState = { ...todo, status: "failed", spent: 1 };
const ending: ItemSpecState = { ...failed, ending: true };
const undoing: ItemSpecState = { ...done, rank: 0, undo: "running" };
const broken: Readonly<
  Record<
    string,
    readonly (readonly [RunSpec, RunSpecState["run"], readonly ItemSpecState[], RunSpecState["outcome"]?])[]
  >
> = {
  "I5: live items never exceed the cap": [
    [one, "running", [claimed, claimed]],
    [one, "running", [ending, claimed]],
    [one, "rollingBack", [undoing, claimed]],
  ],
  "I5: what is live never takes more places of a pool than there are": [
    [{ ...two, pools: [1], uses: [[1], [1]] }, "running", [claimed, claimed]],
    [{ ...two, pools: [1], uses: [[1], [1]] }, "running", [claimed, ending]],
    [
      {
        ...two,
        pools: [9, 2],
        uses: [
          [0, 2],
          [0, 1],
        ],
      },
      "running",
      [claimed, claimed],
    ],
  ],
  "I4: no item was ever started before all of its needs were done": [
    [one, "running", [todo, claimed]],
    [one, "running", [failed, claimed]],
    [one, "running", [todo, { ...todo, spent: 1 }]],
    [one, "running", [todo, { ...done, spent: 0 }]],
    [{ ...one, needs: [[], [], [0, 1]] }, "running", [done, todo, claimed]],
    [{ ...one, edges: {} }, "running", [todo, claimed]],
  ],
  "I3: no item has more attempts than it may": [
    [two, "running", [{ ...claimed, spent: 2 }, todo]],
    [two, "running", [{ ...claimed, spent: 0 }, todo]],
    [{ ...two, attemptsMax: 3, attemptsOf: [3, 1] }, "running", [claimed, { ...done, spent: 2 }]],
  ],
  "V1: only a claimed item is being verified": [[two, "running", [{ ...done, verifying: true }, todo]]],
  "I16: a run that has ended has nothing live": [
    [two, "failed", [failed, claimed]],
    [two, "cancelled", [ending, todo]],
  ],
  "I6: a run that ended as done has nothing left to do": [
    [two, "done", [done, todo]],
    [two, "done", [done, failed]],
    [two, "done", [done, { ...todo, status: "cancelled" }]],
    [{ ...two, edges: { allowFailure: [true, false] } }, "done", [failed, failed]],
  ],
  "I6: a run that was not stopped ends only when nothing could start": [
    [two, "failed", [failed, todo], "failed"],
    [two, "stalled", [todo, todo], "stalled"],
  ],
  "I6: while the run is not waiting for a person, it can go on by itself": [
    [{ ...two, liveItemsMax: 0 }, "running", [todo, todo]],
    [{ ...two, liveItemsMax: 0 }, "running", [done, todo]],
  ],
  "U1: one undo at a time, and only when nothing else is live": [
    [back, "rollingBack", [undoing, undoing]],
    [back, "failed", [undoing, done]],
    [back, "rollingBack", [undoing, claimed]],
    [back, "rollingBack", [undoing, ending]],
  ],
  "U1: nothing is undone before what was done after it, nor what was not done": [
    [back, "rollingBack", [undoing, { ...done, rank: 1 }]],
    [
      back,
      "rollingBack",
      [
        { ...undoing, undo: "undone" },
        { ...done, rank: 1 },
      ],
    ],
    [back, "rollingBack", [{ ...todo, undo: "undone" }, todo]],
    [back, "rollingBack", [{ ...failed, undo: "failed" }, todo]],
  ],
  "U2: a run that took back ends when nothing is left to take back": [
    [back, "failed", [{ ...done, rank: 0 }, failed]],
    [back, "cancelled", [undoing, failed]],
  ],
};

test("each invariant is broken by what it is there for", () => {
  expect(new Set(Object.keys(broken))).toEqual(new Set(Object.keys(runSpecInvariants)));
  for (const [sentence, states] of Object.entries(broken)) {
    for (const [spec, run, items, outcome] of states) {
      const state: RunSpecState = { run, outcome, items };
      expect(runSpecInvariants[sentence]!(spec, state), `${sentence}: ${JSON.stringify(state)}`).toBe(false);
    }
  }
});

test("no invariant asks for more than the rules: what was skipped or may fail is through, and what was stopped may be left", () => {
  const forgiving: RunSpec = { ...two, edges: { allowFailure: [true] } };
  const sound: readonly (readonly [RunSpec, RunSpecState])[] = [
    [forgiving, { run: "done", outcome: "done", items: [failed, { ...todo, status: "cancelled", skipped: true }] }],
    [two, { run: "cancelled", outcome: "cancelled", items: [done, todo] }],
    [
      { ...two, onFailure: "fail-fast" },
      { run: "failed", outcome: "failed", items: [failed, todo] },
    ],
    [
      { ...two, liveItemsMax: 0 },
      { run: "paused", outcome: undefined, items: [todo, todo] },
    ],
    [
      { ...two, liveItemsMax: 0 },
      { run: "planned", outcome: undefined, items: [todo, todo] },
    ],
    [
      back,
      {
        run: "rollingBack",
        outcome: "failed",
        items: [
          { ...done, rank: 0 },
          { ...undoing, rank: 1 },
        ],
      },
    ],
    [back, { run: "failed", outcome: "failed", items: [{ ...undoing, undo: "undone" }, failed] }],
    [
      { ...back, undo: [false, true] },
      { run: "failed", outcome: "failed", items: [done, failed] },
    ],
    [
      { ...back, edges: { joins: ["all"] } },
      { run: "failed", outcome: "failed", items: [done, failed] },
    ],
  ];
  for (const [spec, state] of sound) {
    const found = Object.entries(runSpecInvariants).filter(([, holds]) => !holds(spec, state));
    expect(found, JSON.stringify(state)).toEqual([]);
  }
});

test("U1: where the order of undoing is left open, whatever is done may be next; joins are not taken back", () => {
  const spec: RunSpec = {
    ...back,
    undoInAnyOrder: true,
    needs: [[], [], []],
    undo: [true, true, true],
    liveItemsMax: 3,
  };
  const rolling = (of: RunSpec): RunSpecState =>
    follow(of, [
      { type: "start" },
      ...[0, 1, 2].map((item) => ({ type: "claim", item }) as const),
      { type: "complete", item: 0 },
      { type: "complete", item: 1 },
      { type: "fail", item: 2, retryable: false },
      { type: "drained" },
    ]);
  const next = (of: RunSpec): unknown => acceptedEvents(of, rolling(of));
  expect(next(spec)).toEqual([0, 1].map((item) => ({ type: "undoStart", item })));
  const { undoInAnyOrder: _, ...inOrder } = spec;
  expect(next(inOrder)).toEqual([{ type: "undoStart", item: 1 }]);
  expect(next({ ...inOrder, undo: [true, false, true] })).toEqual([{ type: "undoStart", item: 0 }]);
  expect(next({ ...inOrder, undo: [true] })).toEqual([{ type: "undoStart", item: 0 }]);
});

function follow(spec: RunSpec, events: readonly Parameters<typeof stepRunSpec>[2][]): RunSpecState {
  return events.reduce((state, event) => stepRunSpec(spec, state, event)!, initialRunSpecState(spec));
}
