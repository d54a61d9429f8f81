import { expect, test } from "vitest";
import { endsStage, stageAfter, STAGE_NOTES } from "../../src/items/stage.ts";

test("S2-02: each note of a stage begins one, but an edit ends it: what went on with the item before is of another one", () => {
  const begun = Object.fromEntries(STAGE_NOTES.map((event) => [event, stageAfter(event)]));
  expect(begun).toEqual({
    prepare_start: "preparing",
    prepared: "prepared",
    prepare_stopped: "prepare_stopped",
    verify: "verifying",
    undo_start: "undoing",
    undo: "undone",
    undo_failed: "undo_failed",
    edit: undefined,
  });
  expect(STAGE_NOTES.filter(endsStage)).toEqual(["edit"]);
  expect([stageAfter("heartbeat"), endsStage("heartbeat")]).toEqual([undefined, false]);
});
