/**
 * A plan that runs in the browser. The machines decide who may do what and how it ends; this file is their host: it carries out their
 * effects, and claims what may start. There is no journal here: a reload begins anew.
 */
import { createActor, type Actor } from "xstate";
import { runMachine, workItemMachine, type RunCounts } from "signalbox/machines";

export interface ClientTask {
  readonly needs?: readonly string[];
  readonly attemptsMax?: number;
  readonly work: (context: { readonly attempt: number; readonly signal: AbortSignal }) => Promise<unknown>;
}

export interface ClientRun {
  readonly run: Actor<typeof runMachine>;
  readonly items: ReadonlyMap<string, Actor<typeof workItemMachine>>;
  start(): void;
}

export function createClientRun(tasks: Readonly<Record<string, ClientTask>>, liveItemsMax: number): ClientRun {
  const keys = Object.keys(tasks);
  const run = createActor(runMachine, {
    input: { runId: crypto.randomUUID(), name: "in the browser", size: keys.length, liveItemsMax },
  });
  const attempts = new Map<string, AbortController>();
  const items = new Map(keys.map((key) => [key, itemOf(key, tasks[key]!)]));
  let lastToken = 0;
  let seq = 0;

  function itemOf(key: string, task: ClientTask): Actor<typeof workItemMachine> {
    const machine = workItemMachine.provide({
      actions: {
        startAttempt: ({ context }) => void attempt(key, task, context.attempt, context.token),
        abortAttempt: () => attempts.get(key)?.abort(),
      },
    });
    return createActor(machine, { input: { attemptsMax: task.attemptsMax ?? 1 } });
  }

  async function attempt(key: string, task: ClientTask, number: number, token: number): Promise<void> {
    const controller = new AbortController();
    attempts.set(key, controller);
    const item = items.get(key)!;
    try {
      await task.work({ attempt: number, signal: controller.signal });
      // A token that is not in force any more changes nothing: a late answer of an aborted attempt is ignored.
      item.send({ type: "complete", token });
    } catch (error) {
      item.send({ type: "fail", token, reason: { code: "failed", message: String(error) }, retryable: true });
      item.send({ type: "requeue" });
    }
    settle();
  }

  const is = (state: string) => (key: string) => items.get(key)!.getSnapshot().value === state;
  const mayStart = (key: string): boolean => is("todo")(key) && (tasks[key]!.needs ?? []).every(is("done"));

  /** Claims what may start, and says when nothing is left. */
  function settle(): void {
    const { liveItemsMax } = run.getSnapshot().context;
    for (const key of keys.filter(mayStart)) {
      const isOpen = run.getSnapshot().context.closedBy === undefined;
      if (isOpen && keys.filter(is("claimed")).length < liveItemsMax)
        items.get(key)!.send({ type: "claim", holder: "browser", token: ++lastToken });
    }
    run.send({ type: "publish", seq: ++seq, counts: countsOf(items) });
    const isLive = keys.some(is("claimed"));
    const mayGoOn = run.getSnapshot().context.outcome === undefined && keys.some(mayStart);
    if (isLive || mayGoOn) return;
    run.send({ type: "drained", outcome: keys.every(is("done")) ? "done" : "failed" });
  }

  carryOutCommands(run, items, settle);
  return {
    run,
    items,
    start: () => {
      for (const item of items.values()) item.start();
      run.start();
      run.send({ type: "start" });
    },
  };
}

/** After each command of a person something else may start, or nothing any more. */
function carryOutCommands(run: ClientRun["run"], items: ClientRun["items"], settle: () => void): void {
  let closedBy: string | undefined = "not_started";
  run.subscribe(({ context, status }) => {
    if (context.outcome === "cancelled")
      for (const item of items.values()) item.send({ type: "cancel", reason: { code: "cancelled" } });
    if (status !== "active" || context.closedBy === closedBy) return;
    closedBy = context.closedBy;
    queueMicrotask(settle);
  });
}

function countsOf(items: ClientRun["items"]): RunCounts {
  const counts = { todo: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };
  for (const item of items.values()) counts[item.getSnapshot().value]++;
  return counts;
}
