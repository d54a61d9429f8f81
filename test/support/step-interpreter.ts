/**
 * What nested combinators mean, said a second time: an interpreter that walks the tree with calls and knows nothing of needs, joins
 * and groups, into which the product turns the same tree. Time is a number; tasks take theirs, everything else takes none.
 *
 * A part of the tree tells the one around it: `ok` once, when it is done, with nothing of it left; or `ended`, when nothing of it runs
 * or will run and it did not come out; before that, or in the same moment, `failed` once, unless somebody's cancelling is the only cause.
 */
import type { JsonScalar } from "../../src/base/json.ts";
import { leavesOf, type Leaf, type Tree } from "./combined-tree.ts";

/** `unsure`: it never runs, and may be skipped, cancelled with what is around it, or held by one that somebody cancelled. */
export type LeafStatus = "todo" | "claimed" | "done" | "failed" | "cancelled" | "skipped" | "unsure";

export interface Interpreted {
  /**
   * `cancelled`: all that had to come out did, and somebody cancelled something beside that. `missed`: it did not, for nothing but
   * that; the run is cancelled, or failed where something is left that waits.
   */
  readonly outcome: "done" | "failed" | "cancelled" | "missed";
  readonly statuses: Readonly<Record<string, LeafStatus>>;
  readonly attempts: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, JsonScalar>>;
  /** Keys of the tasks that failed, first to last. */
  readonly failures: readonly string[];
  readonly endedAt: number;
}

interface Around {
  readonly ok: (output?: JsonScalar) => void;
  readonly failed: () => void;
  readonly ended: () => void;
  readonly attemptsMax: number;
  /** `allowFailure` says nothing of a task that is itself one of several that may come out. */
  readonly mustBeDone: boolean;
}

type Start = () => void;

export function interpret(root: Tree, onFailure: "isolate" | "fail-fast"): Interpreted {
  return new Interpreter(root, onFailure).run();
}

class Interpreter {
  readonly #root: Tree;
  readonly #failFast: boolean;
  readonly #statuses: Record<string, LeafStatus> = {};
  readonly #attempts: Record<string, number> = {};
  readonly #outputs: Record<string, JsonScalar> = {};
  readonly #failures: string[] = [];
  /** Cancelled by somebody, and nothing else came out in its place. */
  readonly #missing = new Set<string>();
  /** The same of what failed. */
  readonly #harm = new Set<string>();
  /** Of these, the ones that had not started: they come to nothing when their turn comes. */
  readonly #early = new Set<string>();
  readonly #ready: { readonly key: string; readonly attempt: () => void }[] = [];
  /** Attempts that are under way. */
  readonly #due: { readonly at: number; readonly key: string; readonly finish: () => void }[] = [];
  #now = 0;
  #isOver = false;
  #isOk = false;

  constructor(root: Tree, onFailure: "isolate" | "fail-fast") {
    this.#root = root;
    this.#failFast = onFailure === "fail-fast";
    for (const { key } of leavesOf(root)) {
      this.#statuses[key] = "todo";
      this.#attempts[key] = 0;
    }
  }

  run(): Interpreted {
    const around: Around = {
      ok: () => {
        this.#isOk = true;
      },
      failed: () => this.#failFast && this.#endRun(),
      ended: () => {},
      attemptsMax: 1,
      mustBeDone: false,
    };
    this.#make(this.#root, around)();
    this.#claimAll();
    const early = leavesOf(this.#root).filter((leaf) => leaf.cancelledEarlyAt !== undefined);
    early.sort((a, b) => a.cancelledEarlyAt! - b.cancelledEarlyAt!);
    while (this.#due.length > 0 && !this.#isOver) {
      this.#due.sort((a, b) => a.at - b.at);
      const { at, key, finish } = this.#due.shift()!;
      if (this.#statuses[key] !== "claimed") continue;
      while (early.length > 0 && early[0]!.cancelledEarlyAt! < at) this.#cancelEarly(early.shift()!.key);
      this.#now = at;
      finish();
      this.#claimAll();
    }
    return {
      outcome: this.#outcome(),
      statuses: this.#statuses,
      attempts: this.#attempts,
      outputs: this.#outputs,
      failures: this.#failures,
      endedAt: this.#now,
    };
  }

  #cancelEarly(key: string): void {
    if (this.#statuses[key] !== "todo") return;
    this.#statuses[key] = "cancelled";
    this.#missing.add(key);
    this.#early.add(key);
  }

  #outcome(): Interpreted["outcome"] {
    if (this.#isOk) return this.#missing.size > 0 ? "cancelled" : "done";
    return this.#harm.size > 0 ? "failed" : "missed";
  }

  /** Whatever takes no time goes before anything is started. */
  #claimAll(): void {
    for (const { key, attempt } of this.#ready.splice(0))
      if (this.#statuses[key] === "todo" && !this.#isOver) attempt();
  }

  #make(tree: Tree, outer: Around): Start {
    const isTask = tree.kind === "task" || tree.kind === "items" || tree.kind === "retry";
    const around = isTask ? outer : { ...outer, mustBeDone: false };
    const isChoice = tree.kind === "race" || tree.kind === "fallback";
    if (isChoice && tree.children.length === 1) return this.#make(tree.children[0]!, { ...around, mustBeDone: true });
    switch (tree.kind) {
      case "task":
        return this.#task(tree, around);
      case "items":
        return this.#together(tree.children, around, undefined);
      case "sequence":
        return this.#sequence(tree.children, around);
      case "parallel":
      case "matrix":
        return this.#together(tree.children, around, tree.onError);
      case "race":
        return this.#race(tree.children, around);
      case "fallback":
        return this.#fallback(tree.children, around);
      case "when":
        return this.#when(tree, around);
      case "retry":
        return this.#make(tree.children[0], { ...around, attemptsMax: tree.attemptsMax });
    }
  }

  /** @param isAnswer whether the task may be done with its output; else it has failed for good */
  #task(leaf: Leaf, around: Around, isAnswer: (output: JsonScalar) => boolean = () => true): Start {
    const { key, ms, failures, output, cancelled } = leaf;
    const mayFail = leaf.allowFailure && !around.mustBeDone;
    const attemptsMax = leaf.attemptsMax ?? around.attemptsMax;
    const attempt = (): void => {
      this.#statuses[key] = "claimed";
      this.#attempts[key]!++;
      this.#due.push({ at: this.#now + ms, key, finish });
    };
    const finish = (): void => {
      if (cancelled) {
        this.#statuses[key] = "cancelled";
        this.#missing.add(key);
        if (mayFail) around.ok();
        else around.ended();
        return;
      }
      const works = this.#attempts[key]! > failures;
      if (works && isAnswer(output)) {
        this.#statuses[key] = "done";
        this.#outputs[key] = output;
        around.ok(output);
      } else if (!works && this.#attempts[key]! < attemptsMax) attempt();
      else {
        this.#statuses[key] = "failed";
        this.#failures.push(key);
        if (mayFail) around.ok();
        else {
          this.#harm.add(key);
          around.failed();
          around.ended();
        }
      }
    };
    return () => {
      if (this.#early.has(key)) around.ended();
      else this.#ready.push({ key, attempt });
    };
  }

  #sequence(children: readonly Tree[], around: Around): Start {
    const starts: Start[] = children.map((child, i) =>
      this.#make(child, { ...around, ok: () => (starts[i + 1] ?? around.ok)() }),
    );
    return starts[0] ?? (() => around.ok());
  }

  /** `undefined`: the items of one task, whose failures are the business of what is around them. */
  #together(children: readonly Tree[], around: Around, onError: "failFast" | "settleAll" | undefined): Start {
    let open = children.length;
    let hasFailed = false;
    let isMissed = false;
    const closeOne = (): void => {
      if (--open > 0 || (hasFailed && onError === "failFast")) return;
      if (!hasFailed && !isMissed) return around.ok();
      if (hasFailed && onError === "settleAll") around.failed();
      around.ended();
    };
    const missOne = (): void => {
      isMissed = true;
      closeOne();
    };
    const failed = (): void => {
      if (hasFailed) return;
      hasFailed = true;
      if (onError === "settleAll") return;
      if (onError === "failFast") this.#cancel(children, "cancelled");
      around.failed();
      if (onError === "failFast") around.ended();
    };
    const starts = children.map((child) => this.#make(child, { ...around, ok: closeOne, failed, ended: missOne }));
    return () => {
      if (starts.length === 0) around.ok();
      for (const start of starts) start();
    };
  }

  #race(children: readonly Tree[], around: Around): Start {
    let open = children.length;
    let isWon = false;
    let hasFailed = false;
    const ok = (): void => {
      // Several that have nothing to do are done in the same moment.
      if (isWon) return;
      isWon = true;
      this.#comeOut(children);
      around.ok();
    };
    const ended = (): void => {
      if (--open > 0) return;
      if (hasFailed) around.failed();
      around.ended();
    };
    const failed = (): void => {
      hasFailed = true;
    };
    const inside: Around = { ...around, ok, failed, ended, mustBeDone: true };
    const starts = children.map((child) => this.#make(child, inside));
    return () => {
      for (const start of starts) start();
    };
  }

  #fallback(children: readonly Tree[], around: Around): Start {
    let hasFailed = false;
    const ok = (): void => {
      this.#comeOut(children);
      around.ok();
    };
    const over = (): void => {
      if (hasFailed) around.failed();
      around.ended();
    };
    const failed = (): void => {
      hasFailed = true;
    };
    const starts: Start[] = children.map((child, i) =>
      this.#make(child, { ...around, ok, failed, ended: () => (starts[i + 1] ?? over)(), mustBeDone: true }),
    );
    return starts[0]!;
  }

  #when({ condition, branches }: Extract<Tree, { kind: "when" }>, around: Around): Start {
    // What was cancelled by somebody in the branch that is not taken counts too: the other still runs.
    let isMissed = false;
    const ok = (): void => (isMissed ? around.ended() : around.ok());
    const starts = branches.map((branch) => this.#make(branch, { ...around, ok }));
    const decide = (output: JsonScalar | undefined): void => {
      const taken = output === true ? 0 : 1;
      const others = branches.filter((_, i) => i !== taken);
      isMissed = others.flatMap(leavesOf).some(({ key }) => this.#early.has(key));
      this.#cancel(others, isMissed ? "unsure" : "skipped");
      (starts[taken] ?? ok)();
    };
    const isAnswer = (output: JsonScalar): boolean => output === null || typeof output === "boolean";
    return this.#task(condition, { ...around, ok: decide }, isAnswer);
  }

  /** One of them is enough: the others are not needed, and what went wrong in them does no harm. */
  #comeOut(children: readonly Tree[]): void {
    this.#cancel(children, "skipped");
    for (const { key } of children.flatMap(leavesOf)) {
      this.#missing.delete(key);
      this.#harm.delete(key);
    }
  }

  /** What has not come to anything yet is not to be done any more. */
  #cancel(parts: readonly Tree[], how: "cancelled" | "skipped" | "unsure"): void {
    for (const { key } of parts.flatMap(leavesOf)) {
      const status = this.#statuses[key];
      if (status === "todo" || status === "claimed") this.#statuses[key] = how;
    }
  }

  /** Nothing starts any more, and what is live is stopped. */
  #endRun(): void {
    this.#isOver = true;
    for (const [key, status] of Object.entries(this.#statuses))
      if (status === "claimed") this.#statuses[key] = "cancelled";
  }
}
