/**
 * Goal: whatever a user's function does, its attempt is reported once, as something JSON can carry. Method: functions that
 * answer, throw and hang in every way; virtual time for the grace. A bug would look like a second report or none.
 */
import { describe, expect, test } from "vitest";
import { functionExecutor } from "../../src/executors/function-executor.ts";
import type { AbortAttempt, AttemptOutcome } from "../../src/executors/executor.ts";
import type { TaskContext, TaskFunction } from "../../src/items/task-function.ts";
import { TerminalError } from "../../src/items/terminal-error.ts";
import { failureData } from "../support/commands.ts";
import { virtualEnv } from "../support/virtual-env.ts";

interface Started {
  readonly outcomes: AttemptOutcome[];
  readonly abort: AbortAttempt;
}

function bench(abortGraceMs?: number): {
  readonly env: ReturnType<typeof virtualEnv>;
  readonly executor: ReturnType<typeof functionExecutor>;
  readonly start: (run: TaskFunction) => Started;
} {
  const env = virtualEnv();
  const executor = functionExecutor({ env, ...(abortGraceMs !== undefined && { abortGraceMs }) });
  const start = (run: TaskFunction): Started => {
    const outcomes: AttemptOutcome[] = [];
    const abort = executor.start(
      {
        runId: "run",
        item: "key",
        itemId: "an-item",
        attempt: 2,
        token: 7,
        task: { run, env: undefined, cwd: undefined },
        inputs: () => ({ a: 1 }),
      },
      (outcome) => outcomes.push(outcome),
    );
    return { outcomes, abort };
  };
  return { env, executor, start };
}

describe("answers", () => {
  test("I2: a synchronous function is reported before start returns", () => {
    const { start } = bench();
    expect(start(() => undefined).outcomes).toEqual([{ kind: "done" }]);
    expect(start(() => ({ a: [1] })).outcomes).toEqual([{ kind: "done", output: { a: [1] } }]);
    expect(start(() => null).outcomes).toEqual([{ kind: "done", output: null }]);
  });

  test("a function knows the values of its matrix item, and none where there are none", () => {
    const { executor, start } = bench();
    expect(start(({ matrix }) => matrix).outcomes).toEqual([{ kind: "done", output: {} }]);
    const outcomes: AttemptOutcome[] = [];
    const task = {
      run: ({ matrix }: TaskContext) => matrix["node"],
      env: undefined,
      cwd: undefined,
      matrix: { node: 22 },
    };
    const request = { runId: "run", item: "t[node=22]", itemId: "id", attempt: 1, token: 1, task, inputs: () => ({}) };
    executor.start(request, (outcome) => outcomes.push(outcome));
    expect(outcomes).toEqual([{ kind: "done", output: 22 }]);
  });

  test("a promise and a foreign thenable are waited for", async () => {
    const { env, start } = bench();
    const promised = start(async () => 5);
    // oxlint-disable-next-line unicorn/no-thenable -- such objects are what it is about
    const foreign = start(() => ({ then: (resolve: (value: number) => void) => (resolve(6), resolve(7)) }));
    expect([promised.outcomes, foreign.outcomes]).toEqual([[], []]);
    await env.settle();
    expect([promised.outcomes, foreign.outcomes]).toEqual([
      [{ kind: "done", output: 5 }],
      [{ kind: "done", output: 6 }],
    ]);
  });

  test("I5: what is not JSON fails at once, with its place", async () => {
    const { env, start } = bench();
    for (const answer of [() => 1, 2n, new Date(), { a: { b: Number.NaN } }]) {
      expect(start(() => answer).outcomes).toMatchObject([
        { kind: "failed", retryable: false, reason: { code: "output_not_json" } },
      ]);
    }
    const later = start(async () => new Map());
    await env.settle();
    expect(later.outcomes).toMatchObject([{ kind: "failed", retryable: false, reason: { code: "output_not_json" } }]);
  });

  test("the function is told run, item, attempt and inputs, and gets one signal", () => {
    const { start } = bench();
    const seen: unknown[] = [];
    start((context: TaskContext) => {
      const { runId, item, attempt, inputs, signal } = context;
      seen.push(runId, item, attempt, inputs, signal.aborted, context.signal === signal, context.inputs === inputs);
    });
    expect(seen).toEqual(["run", "key", 2, { a: 1 }, false, true, true]);
  });
});

describe("what is thrown becomes a reason", () => {
  const outcomeOf = (thrown: unknown): AttemptOutcome =>
    bench().start(() => {
      throw thrown;
    }).outcomes[0]!;

  test("an error with code and cause", () => {
    const error = Object.assign(new TypeError("bad", { cause: new Error("root", { cause: "why" }) }), {
      code: "E_BAD",
    });
    expect(outcomeOf(error)).toMatchObject({
      kind: "failed",
      retryable: true,
      reason: {
        code: "threw",
        message: "bad",
        data: {
          name: "TypeError",
          code: "E_BAD",
          stack: expect.stringContaining("at "),
          cause: { name: "Error", message: "root", cause: { message: "why" } },
        },
      },
    });
  });

  test("an aggregate error, with its first errors", () => {
    const outcome = outcomeOf(
      new AggregateError(
        Array.from({ length: 50 }, (_, i) => new Error(`e${i}`)),
        "all",
      ),
    );
    expect(outcome).toMatchObject({ reason: { message: "all" } });
    expect(failureData(outcome)["errors"]).toEqual(
      Array.from({ length: 10 }, (_, i) => ({ name: "Error", message: `e${i}` })),
    );
  });

  test.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["text", "oops", "oops"],
    ["a number", 42, "42"],
    ["a BigInt", 42n, "42"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["an object", { a: 1 }, '{"a":1}'],
    ["an object without prototype", Object.create(null), "{}"],
  ])("%s", (_name, thrown, message) => {
    expect(outcomeOf(thrown)).toMatchObject({ kind: "failed", retryable: true, reason: { code: "threw", message } });
  });

  test("errors made to break whoever looks at them", () => {
    const trap = (): never => {
      throw new Error("trap");
    };
    const hostile = Object.defineProperties(new Error("x"), {
      message: { get: trap },
      stack: { get: trap },
      cause: { get: trap },
      code: { get: trap },
      retryable: { get: trap },
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const circular = new Error("circular");
    circular.cause = circular;
    for (const thrown of [hostile, proxy, circular]) {
      const outcome = outcomeOf(thrown);
      expect(outcome).toMatchObject({ kind: "failed", retryable: true, reason: { code: "threw" } });
      expect(JSON.stringify(outcome).length).toBeLessThan(10_000);
    }
  });

  test("a message of any length is trimmed", () => {
    const outcome = outcomeOf(new Error("x".repeat(1_000_000)));
    expect(JSON.stringify(outcome).length).toBeLessThan(10_000);
  });

  test("`retryable: false` as an own property ends at once; inherited or other values do not", () => {
    expect(outcomeOf(new TerminalError("no use"))).toMatchObject({ retryable: false, reason: { message: "no use" } });
    expect(outcomeOf({ retryable: false })).toMatchObject({ retryable: false });
    expect(outcomeOf(Object.create({ retryable: false }))).toMatchObject({ retryable: true });
    expect(outcomeOf(Object.assign(new Error("x"), { retryable: 0 }))).toMatchObject({ retryable: true });
  });

  test("a rejection", async () => {
    const { env, start } = bench();
    const attempt = start(() => Promise.reject(new Error("later")));
    await env.settle();
    expect(attempt.outcomes).toMatchObject([{ kind: "failed", reason: { message: "later" } }]);
  });

  test("a `then` that throws when read", () => {
    // oxlint-disable-next-line unicorn/no-thenable -- such objects are what it is about
    const thenable = Object.defineProperty({}, "then", {
      get: () => {
        throw new Error("trap");
      },
    });
    expect(bench().start(() => thenable).outcomes).toMatchObject([{ kind: "failed", reason: { message: "trap" } }]);
  });
});

describe("aborting", () => {
  const untilAborted = ({ signal }: TaskContext): Promise<never> =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

  test("I3: a function that heeds the signal is reported as aborted, and hears why", async () => {
    const { env, start } = bench();
    let heard: unknown;
    const attempt = start(async (context) => {
      try {
        await untilAborted(context);
      } catch (error) {
        heard = error;
        throw error;
      }
    });
    attempt.abort("timeout");
    attempt.abort("again");
    await env.settle();
    expect(attempt.outcomes).toEqual([{ kind: "aborted" }]);
    expect(heard).toMatchObject({ name: "AbortError", message: "timeout" });
    expect(env.armed).toBe(0);
  });

  test("I3: an answer after the abort is not taken for done", async () => {
    const { env, start } = bench();
    const gate = Promise.withResolvers<number>();
    const attempt = start(() => gate.promise);
    attempt.abort("cancel");
    gate.resolve(1);
    await env.settle();
    expect(attempt.outcomes).toEqual([{ kind: "aborted" }]);
  });

  test("a function that asks for the signal only later finds it aborted", async () => {
    const { env, start } = bench();
    const gate = Promise.withResolvers<void>();
    let aborted: boolean | undefined;
    const attempt = start(async (context) => {
      await gate.promise;
      aborted = context.signal.aborted;
    });
    attempt.abort("cancel");
    gate.resolve();
    await env.settle();
    expect(aborted).toBe(true);
  });

  test("I4: a function that does not stop is given up after the grace, and its late answer reaches nobody", async () => {
    const { env, start } = bench(300);
    const gate = Promise.withResolvers<number>();
    const attempt = start(() => gate.promise);
    attempt.abort("cancel");
    await env.advance(299);
    expect(attempt.outcomes).toEqual([]);
    await env.advance(1);
    expect(attempt.outcomes).toEqual([{ kind: "aborted", note: expect.stringContaining("300 ms") }]);
    gate.resolve(1);
    await env.settle();
    expect(attempt.outcomes).toHaveLength(1);
  });

  test("late and needless aborts do nothing", async () => {
    const { env, start } = bench();
    const attempt = start(async () => 1);
    await env.settle();
    attempt.abort("late");
    start(() => 1).abort("never");
    expect(attempt.outcomes).toEqual([{ kind: "done", output: 1 }]);
    expect(env.armed).toBe(0);
  });
});

describe("stopping", () => {
  test("stop waits for what heeds the signal, and gives up the rest after the grace", async () => {
    const { env, executor, start } = bench(100);
    const hanging = start(() => new Promise(() => {}));
    let stopped = false;
    const stopping = executor.stop().then(() => (stopped = true));
    await env.settle();
    expect(stopped).toBe(false);
    await env.advance(100);
    await stopping;
    expect(hanging.outcomes).toMatchObject([{ kind: "aborted" }]);
    await executor.stop();
  });

  test("an abrupt stop does not wait", async () => {
    const { executor, start } = bench();
    const hanging = start(() => new Promise(() => {}));
    await executor.stop({ graceful: false });
    expect(hanging.outcomes).toMatchObject([{ kind: "aborted", note: expect.any(String) }]);
  });
});
