/**
 * Goal: C-08: an item whose actor is dropped at any moment and made anew from its row goes on as if nothing had happened;
 * that is what an engine does with every item that is not live, and after a crash (I9).
 * Method: XState's test model generates a path to every reachable state; each is walked twice by compiled actors: by one
 * that lives all the way, and by a new one for each event. `createTestModel` of `xstate/graph` is used rather than the older
 * `@xstate/graph`, which ignores `filterEvents`.
 */
import { createActor, type SnapshotFrom } from "xstate";
import { createTestModel } from "xstate/graph";
import { expect, test } from "vitest";
import { workItemMachine, workItemSnapshotOf, type WorkItemEvent } from "../../machines/work-item.ts";
import { compileItemLogic } from "../../src/engine/compiled-item.ts";
import { workItemEvents } from "../support/work-item-events.ts";

const logic = compileItemLogic(workItemMachine);
const input = { attemptsMax: 2 };

test("I9: every generated path leads to the same state with one actor and with a new actor for each event", async () => {
  const model = createTestModel(workItemMachine, {
    events: [...workItemEvents],
    input,
    filterEvents: (state, event) => state.can(event),
  });
  const paths = model.getShortestPaths();
  expect(paths.length).toBeGreaterThan(30);
  let visited = 0;
  for (const path of paths) {
    const living = createActor(logic, { input }).start();
    let row = living.getSnapshot();
    const check = (state: SnapshotFrom<typeof workItemMachine>): void => {
      visited++;
      for (const actual of [living.getSnapshot(), row]) {
        expect({ value: actual.value, context: actual.context }).toEqual({
          value: state.value,
          context: state.context,
        });
      }
    };
    const send = ({ event }: { readonly event: { readonly type: string } }): void => {
      if (event.type.startsWith("xstate.")) return;
      living.send(event as WorkItemEvent);
      row = afterRebuild(row, event as WorkItemEvent);
    };
    await path.test({ states: { "*": check }, events: Object.fromEntries(names(path).map((name) => [name, send])) });
  }
  expect(visited).toBeGreaterThan(paths.length);
});

function names(path: { readonly steps: readonly { readonly event: { readonly type: string } }[] }): string[] {
  return path.steps.map(({ event }) => event.type);
}

function afterRebuild(
  before: SnapshotFrom<typeof workItemMachine>,
  event: WorkItemEvent,
): SnapshotFrom<typeof workItemMachine> {
  const snapshot = workItemSnapshotOf({ status: before.value, context: before.context });
  const actor = createActor(logic, { snapshot, input }).start();
  actor.send(event);
  return actor.getSnapshot();
}
