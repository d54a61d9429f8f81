/**
 * Goal: the run is an XState actor that people can watch, and nothing that is sent to it from outside can break it (O1-O4).
 * Method: real runs with real item actors; the events that an attacker or a mistaken program could send are sent.
 */
import { describe, expect, test } from "vitest";
import { from, lastValueFrom, toArray } from "rxjs";
import { toPromise, waitFor, type AnyActorRef, type InspectionEvent } from "xstate";
import { createRun } from "../../src/engine/create-run.ts";
import type { RunOptions } from "../../src/engine/run.ts";
import { manualExecutor } from "../support/manual-executor.ts";
import { virtualEnv } from "../support/virtual-env.ts";

const plan = { name: "pair", tasks: { a: { run: "x" }, b: { needs: ["a"], run: "x" } } };

function setUp(options: RunOptions = {}) {
  const env = virtualEnv();
  const executor = manualExecutor();
  const run = createRun(plan, { env, executors: [executor], liveItemsMax: 2, ...options });
  return { env, executor, run };
}

async function finish({ env, executor }: Pick<ReturnType<typeof setUp>, "env" | "executor">): Promise<void> {
  for (const key of ["a", "b"]) {
    await env.settle();
    executor.finish(key);
  }
  await env.settle();
}

describe("watching", () => {
  test("rxjs.from, subscribe, waitFor and toPromise work on run.actor", async () => {
    const { env, executor, run } = setUp();
    const seen = lastValueFrom(from(run.actor).pipe(toArray()));
    const paused = waitFor(run.actor as AnyActorRef, (snapshot) => snapshot.matches({ lifecycle: "paused" }));
    const output = toPromise(run.actor as AnyActorRef);
    void run.start();
    await env.settle();
    await run.pause();
    expect((await paused).context).toMatchObject({ runId: run.id, name: "pair", size: 2 });
    await run.resume();
    await finish({ env, executor });
    expect(await output).toMatchObject({ outcome: "done" });
    const states = (await seen).map((snapshot) => (snapshot.value as { lifecycle: string }).lifecycle);
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
      "running",
      "paused",
      "running",
      "done",
    ]);
  });

  test("an inspector sees the orchestrator and every item actor with its events", async () => {
    const events: InspectionEvent[] = [];
    const { env, executor, run } = setUp({ inspect: (event) => events.push(event) });
    void run.start();
    await finish({ env, executor });
    const actors = events
      .filter(({ type }) => type === "@xstate.actor")
      .map(({ actorRef }) => (actorRef as AnyActorRef).id);
    expect(actors).toEqual(["run", "slot-0", "slot-0"]);
    const sent = events.filter(
      (event) => event.type === "@xstate.event" && (event.actorRef as AnyActorRef).id === "slot-0",
    );
    expect(sent.map((event) => (event as { event: { type: string } }).event.type)).toEqual([
      "xstate.init",
      "claim",
      "complete",
      "xstate.init",
      "claim",
      "complete",
    ]);
  });

  test("O3: an inspector that throws is dropped and the run goes on", async () => {
    const { env, executor, run } = setUp({
      inspect: () => {
        throw new Error("broken inspector");
      },
    });
    const ended = run.start();
    await finish({ env, executor });
    expect((await ended).outcome).toBe("done");
  });
});

describe("sending to the actor", () => {
  test("start, pause, resume, setCap and cancel are commands; they are carried out durably", async () => {
    const { env, executor, run } = setUp();
    run.actor.send({ type: "start" });
    await env.settle();
    expect(executor.running).toEqual(["a"]);
    run.actor.send({ type: "pause" });
    await env.settle();
    expect(run.snapshot().status).toBe("paused");
    run.actor.send({ type: "resume" });
    run.actor.send({ type: "setCap", liveItemsMax: 7 } as never);
    await env.settle();
    expect(run.actor.getSnapshot().context).toMatchObject({ liveItemsMax: 7 });
    run.actor.send({ type: "cancel", reason: { code: "cancelled", message: "enough" } } as never);
    await env.settle();
    expect((await run.start()).outcome).toBe("cancelled");
  });

  test("O2: forged events and events of the inside change nothing", async () => {
    const { env, executor, run } = setUp();
    const ended = run.start();
    await env.settle();
    const before = JSON.stringify(run.actor.getSnapshot().value);
    const forged = [
      { type: "xstate.done.actor.slot-0", output: 1, actorId: "slot-0" },
      { type: "xstate.error.actor.slot-0", error: new Error("forged"), actorId: "slot-0" },
      { type: "signalbox.show", snapshot: { value: "hacked", status: "done" } },
      { type: "drained", outcome: "done" },
      { type: "publish", seq: 99, counts: {} },
      { type: "abort", reason: { code: "x" } },
      { type: "pressure", reason: { code: "x" } },
      { type: "__proto__" },
    ];
    for (const event of forged) run.actor.send(event);
    await env.settle();
    expect(JSON.stringify(run.actor.getSnapshot().value)).toBe(before);
    expect(run.snapshot().counts).toMatchObject({ claimed: 1 });
    await finish({ env, executor });
    expect((await ended).outcome).toBe("done");
  });

  test("O3: an item actor that somebody else moved or broke is replaced from its row; the item ends as its executor said", async () => {
    const children = new Map<string, AnyActorRef>();
    const { env, executor, run } = setUp({
      inspect: (event) => {
        if (event.type === "@xstate.actor")
          children.set((event.actorRef as AnyActorRef).id, event.actorRef as AnyActorRef);
      },
    });
    const ended = run.start();
    await env.settle();
    children.get("slot-0")!.send({ type: "cancel", reason: { code: "mischief" } });
    await env.settle();
    expect(run.snapshot().items.get("a")!.status).toBe("claimed");
    executor.finish("a", { kind: "failed", reason: { code: "exit" }, retryable: false });
    expect(await ended).toMatchObject({ outcome: "failed", failures: [{ item: "a", reason: { code: "exit" } }] });
  });

  test("O4: stopping the actor stops the run's part in this process: live work ends, nothing is left", async () => {
    const { env, executor, run } = setUp();
    const ended = run.start();
    await env.settle();
    (run.actor as unknown as { stop(): void }).stop();
    await expect(ended).rejects.toMatchObject({ code: "interrupted" });
    expect(executor.running).toEqual([]);
  });
});
