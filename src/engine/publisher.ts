/**
 * Shows what is durable: the snapshot, the run actor's own state, and the streams.
 *
 * I10 A published snapshot is the fold of the journal up to its `seq`: it is built from rows taken when the batch was sealed,
 *     never from the table, which may be ahead. A journal without a disk commits at once, so there the rows are taken when
 *     publishing, once for many batches.
 * I12 Streams see every entry once, in order.
 */
import { withRoom } from "../base/room.ts";
import type { Plan } from "../plan/plan.ts";
import { LIMITS } from "../base/limits.ts";
import type { RunOutcome, RunStatus } from "../items/status.ts";
import type { ItemSnapshot, RunSnapshot } from "../items/snapshot.ts";
import type { RunState } from "../state/run-state.ts";
import type { RunMachineSnapshot } from "../../machines/run.ts";
import type { Batch } from "./batch.ts";
import type { RunCore } from "./run-core.ts";
import type { Streams } from "./streams.ts";

export class Publisher {
  readonly #core: RunCore;
  readonly #state: RunState;
  readonly #streams: Streams;
  readonly #durable: boolean;
  /** Items changed by committed batches that are not published yet; only used when commits are immediate. */
  #dirty: number[] = [];
  /** 1 for those; otherwise only while a batch is being sealed. */
  #isDirty: Uint8Array;
  /** As far as it is durable. */
  #plan: Plan;
  /** What was decided about the run in committed batches; what the orchestrator has decided since may not be durable. */
  #run: RunMachineSnapshot;
  #runChanged = false;
  #seq: number;
  #publishedAt = 0;
  #finished = false;
  /** Called with the last snapshot, before the event that ends the run is published. */
  onFinal: (snapshot: RunSnapshot) => void = () => {};

  constructor(core: RunCore, state: RunState, streams: Streams, durable: boolean) {
    this.#core = core;
    this.#state = state;
    this.#streams = streams;
    this.#durable = durable;
    this.#isDirty = new Uint8Array(core.parts.table.size);
    this.#plan = core.parts.plan;
    this.#seq = core.seq;
    this.#run = core.parts.orchestrator.decided;
  }

  /** Takes the rows of a batch that is about to be committed. */
  seal(batch: Batch): void {
    if (!this.#durable) return;
    const { table } = this.#core.parts;
    this.#isDirty = withRoom(this.#isDirty, table.size);
    for (const item of batch.dirty) {
      if (this.#isDirty[item] === 1) continue;
      this.#isDirty[item] = 1;
      batch.leaves.push(table.snapshotOf(item));
    }
    for (const item of batch.dirty) this.#isDirty[item] = 0;
  }

  /** Takes a batch that is durable. Called in commit order. */
  publish(batch: Batch): void {
    if (batch.run !== undefined) {
      this.#run = batch.run;
      this.#runChanged = true;
    }
    if (batch.run?.status === "done") this.#finished = true;
    if (batch.plan !== undefined) this.#take(batch.plan);
    if (batch.seq === 0) return;
    this.#seq = batch.seq;
    if (this.#durable) this.#show(batch.leaves);
    else {
      for (const item of batch.dirty) {
        if (this.#isDirty[item] === 1) continue;
        this.#isDirty[item] = 1;
        this.#dirty.push(item);
      }
      if (this.#core.mono - this.#publishedAt > LIMITS.publishIntervalMsMax || batch.aboutRun) this.flush();
    }
    if (this.#finished) this.onFinal(this.#state.snapshot());
    this.#streams.entries(batch.entries);
  }

  /** The plan with everything durable that was added or edited. */
  get plan(): Plan {
    return this.#plan;
  }

  #take(plan: Plan): void {
    this.#plan = plan;
    if (!this.#durable) this.#isDirty = withRoom(this.#isDirty, plan.graph.size);
  }

  /** The latest durable picture, O(1) but for what no turn has published yet. */
  latest(): RunSnapshot {
    // In the middle of a turn the table holds more than what is committed; rows must not be taken then (I10).
    if (!this.#durable && this.#core.batch.seq === 0) this.flush();
    return this.#state.snapshot();
  }

  /** Something is committed that no snapshot shows yet. */
  get isBehind(): boolean {
    return !this.#durable && this.#seq !== this.#state.snapshot().seq;
  }

  /** Publishes whatever waits. */
  flush(): RunSnapshot {
    if (!this.isBehind) return this.#state.snapshot();
    const { table } = this.#core.parts;
    // In the order of the pages, so that each is copied once. Typed, since an array sorts numbers by asking for each pair.
    const items = Int32Array.from(this.#dirty).sort();
    const changes: ItemSnapshot[] = [];
    for (const item of items) {
      this.#isDirty[item] = 0;
      changes.push(table.snapshotOf(item));
    }
    this.#dirty = [];
    this.#show(changes);
    return this.#state.snapshot();
  }

  #show(changes: readonly ItemSnapshot[]): void {
    const core = this.#core;
    this.#publishedAt = core.mono;
    const context = this.#run.context as { outcome?: RunOutcome };
    const status = (this.#run.value as { lifecycle: RunStatus }).lifecycle;
    const snapshot = this.#state.publish({
      seq: this.#seq,
      status,
      outcome: context.outcome,
      changes,
      size: this.#plan.graph.size,
    });
    core.parts.orchestrator.showPublished(this.#runChanged ? this.#run : undefined, snapshot.seq, snapshot.counts);
    this.#runChanged = false;
    this.#streams.snapshot(snapshot);
  }
}
