/**
 * Goal: a viewer gets everything in order, or is told what it has missed; slow ones cost no memory, and none stalls the loop.
 * Method: a bridge told of many actors, and outlets that take as much as the test lets them.
 */
import { createActor, setup, type AnyActorRef } from "xstate";
import { expect, test } from "vitest";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { AppFrames } from "../../../src/inspect/watch/app-frames.ts";
import { Bridge } from "../../../src/inspect/watch/bridge.ts";
import { Ring } from "../../../src/inspect/watch/ring.ts";
import { Viewer } from "../../../src/inspect/watch/viewer.ts";

const env = nodeEnv();
const machine = setup({}).createMachine({ initial: "a", states: { a: { on: { go: "b" } }, b: { on: { go: "a" } } } });

interface Seen {
  readonly viewer: Viewer;
  readonly frames: { readonly type: string; readonly sessionId: string }[];
  readonly missed: number[];
  waiting: number;
}

function look(bridge: Bridge, watches?: (ref: AnyActorRef) => boolean): Seen {
  const seen = { frames: [] as Seen["frames"], missed: [] as number[], waiting: 0 };
  const viewer = new Viewer({
    bridge,
    env,
    outlet: { send: (text) => void seen.frames.push(JSON.parse(text)), waiting: () => seen.waiting },
    missed: (count) => void seen.missed.push(count),
    ...(watches !== undefined && { watches }),
  });
  return Object.assign(seen, { viewer });
}

test("a slow viewer is told how much it has missed, gets every live actor again, and goes on from there", async () => {
  const bridge = new Bridge({ clock: env.clock, eventsMax: 100 });
  const seen = look(bridge);
  const actors = [1, 2, 3].map(() => createActor(machine, { inspect: bridge.inspect }).start());
  await seen.viewer.drained(1_000);
  const before = seen.frames.length;
  seen.waiting = 2 << 20;
  actors[0]!.send({ type: "go" });
  await env.timers.nextTurn();
  for (let i = 0; i < 500; i++) actors[0]!.send({ type: "go" });
  seen.waiting = 0;
  await seen.viewer.drained(1_000);
  expect(seen.missed).toEqual([1_002]);
  const after = seen.frames.slice(before);
  expect(after.map(({ type }) => type)).toEqual(["@xstate.actor", "@xstate.actor", "@xstate.actor"]);
  actors[1]!.send({ type: "go" });
  await seen.viewer.drained(1_000);
  expect(seen.frames.slice(-2).map(({ type, sessionId }) => [type, sessionId])).toEqual([
    ["@xstate.event", actors[1]!.sessionId],
    ["@xstate.snapshot", actors[1]!.sessionId],
  ]);
  seen.viewer.close();
});

test("who watches one actor gets what is still known of it, and nothing of the others", async () => {
  const bridge = new Bridge({ clock: env.clock });
  const [one, other] = [1, 2].map(() => createActor(machine, { inspect: bridge.inspect }).start());
  one!.send({ type: "go" });
  const seen = look(bridge, (ref) => ref === one);
  seen.viewer.replay(one!);
  other!.send({ type: "go" });
  one!.stop();
  await seen.viewer.drained(1_000);
  expect(new Set(seen.frames.map(({ sessionId }) => sessionId))).toEqual(new Set([one!.sessionId]));
  expect(seen.frames.filter(({ type }) => type === "@xstate.event")).toHaveLength(2);
  expect([...bridge.live]).toEqual([other]);
  seen.viewer.close();
});

test("work for viewers leaves the loop to others: 100,000 events of 2,000 actors hold it up for less than 50 ms", async () => {
  const bridge = new Bridge({ clock: env.clock, eventsMax: 200_000 });
  const actors = Array.from({ length: 2_000 }, () => createActor(machine, { inspect: bridge.inspect }).start());
  for (let round = 0; round < 25; round++) for (const actor of actors) actor.send({ type: "go" });
  const seen = look(bridge);
  for (const actor of actors) actor.send({ type: "go" });
  // Of this thread alone: other programs of the machine do not count.
  const worked = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let longest = 0;
  let last = worked();
  let isOver = false;
  void seen.viewer.drained(20_000).then(() => (isOver = true));
  while (!isOver) {
    await env.timers.nextTurn();
    const now = worked();
    longest = Math.max(longest, now - last);
    last = now;
  }
  expect(seen.frames).toHaveLength(2_000 + 4_000);
  expect(longest).toBeLessThan(50);
  seen.viewer.close();
});

test("a ring gives the latest, and nothing that is gone", () => {
  const ring = new Ring<number>(3);
  for (let i = 0; i < 5; i++) ring.push(i);
  expect([ring.start, ring.end]).toEqual([2, 5]);
  expect([1, 2, 4, 5].map((at) => ring.at(at))).toEqual([undefined, 2, 4, undefined]);
});

test("apps without end are remembered up to a bound, those that have ended go first", () => {
  const apps = new AppFrames(() => {});
  const frame = (type: string, id: number, status = "active"): string =>
    JSON.stringify({ type, sessionId: `x:${id}`, snapshot: { status } });
  for (let i = 0; i < 5_000; i++) apps.take(1, frame("@xstate.actor", i));
  apps.take(1, frame("@xstate.snapshot", 42, "done"));
  for (let i = 5_000; i < 5_002; i++) apps.take(1, frame("@xstate.actor", i));
  const kept = [...apps.replay()].map((text) => (JSON.parse(text) as { sessionId: string }).sessionId);
  expect(kept).toHaveLength(5_000);
  expect(["x:42", "x:0", "x:1", "x:5001"].map((id) => kept.includes(id))).toEqual([false, false, true, true]);
});
