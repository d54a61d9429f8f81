/** Why an item that somebody has to claim is not live: the claim, and the cap when that would refuse it. */
import { expect, test } from "vitest";
import { whyOf } from "../../src/scheduler/why.ts";
import { graphFromNeeds } from "../support/graphs.ts";

const claim = { kind: "claim" };

test.each([
  ["all slots are taken: no place is kept for what goes first", 2, [claim, { kind: "cap", live: 2, max: 2, ahead: 0 }]],
  ["a slot is free, whatever goes first", 1, [claim]],
])("%s", (_, live, holds) => {
  const answer = whyOf({
    graph: graphFromNeeds([[]]),
    item: 0,
    keyOf: () => "a",
    statusOf: () => "todo",
    runStatus: "running",
    needsClaim: true,
    live,
    liveItemsMax: 2,
    ahead: 3,
  });
  expect(answer).toEqual({ state: "waiting", item: "a", for: holds });
});
