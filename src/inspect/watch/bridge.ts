/**
 * What XState tells an inspector, kept within bounds until somebody looks.
 *
 * B1 The latest events are kept as they came, by reference: nothing is copied or written as JSON unless a viewer watches it.
 * B2 An actor is in the list from its making until its last snapshot, so a viewer that comes late gets all that live, each as it is.
 * B3 A run is asked only while somebody looks: until then it runs as if there were no inspector.
 */
import type { AnyActorRef, AnyTransitionDefinition, InspectionEvent } from "xstate";
import type { Clock } from "../../base/env.ts";
import type { ActorInspection, Run, RunInspector } from "../../engine/run.ts";
import { actorFrame, eventFrame, inspected, snapshotFrame, type Frame, type InspectedActor } from "./frames.ts";
import { Ring } from "./ring.ts";

export interface BridgeOptions {
  readonly clock: Clock;
  /** How many of the latest events are kept. Default 16,384. */
  readonly eventsMax?: number;
}

/** An event of the ring, and when it was. */
interface Kept {
  readonly event: InspectionEvent;
  readonly at: number;
}

/** Kinds that have a frame. The others tell the same in more detail. */
const FRAMED: ReadonlySet<string> = new Set(["@xstate.actor", "@xstate.event", "@xstate.snapshot"]);

export class Bridge {
  readonly #clock: Clock;
  readonly #ring: Ring<Kept>;
  /** B2. With the first snapshot of each that was told of. */
  readonly #live = new Map<AnyActorRef, { first: unknown }>();
  readonly #names = new WeakMap<AnyActorRef, string>();
  readonly #known = new WeakMap<AnyActorRef, InspectedActor>();
  readonly #taken = new Map<AnyTransitionDefinition, number>();
  readonly #listeners = new Set<() => void>();
  readonly #runs = new Map<Run, ActorInspection | undefined>();
  #liveVersion = 0;

  constructor({ clock, eventsMax = 16_384 }: BridgeOptions) {
    this.#clock = clock;
    this.#ring = new Ring(eventsMax);
  }

  /** For `createActor(machine, { inspect })` of an application: it is told of everything from then on. */
  readonly inspect: RunInspector = {
    next: (event: InspectionEvent): void => this.#take(event),
    named: (actor: AnyActorRef, name: string): void => void this.#names.set(actor, name),
  };

  /** Lets viewers see this run. Answers what ends it. */
  watch(run: Run): () => void {
    this.#runs.set(run, this.#listeners.size > 0 ? this.#attach(run) : undefined);
    return () => {
      this.#runs.get(run)?.stop();
      this.#runs.delete(run);
    };
  }

  /** Actors that live, oldest first. */
  get live(): MapIterator<AnyActorRef> {
    return this.#live.keys();
  }

  /** Grows with every actor that comes or goes. */
  get liveVersion(): number {
    return this.#liveVersion;
  }

  /** Position of the oldest event that is kept. */
  get start(): number {
    return this.#ring.start;
  }

  /** Position behind the latest event. */
  get end(): number {
    return this.#ring.end;
  }

  /** Somebody looks: `listener` is called, often, when something was added. Answers what ends it. */
  look(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) for (const run of this.#runs.keys()) this.#runs.set(run, this.#attach(run));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#detach();
    };
  }

  /** How often each transition was taken, of any actor, since somebody looks. */
  get taken(): ReadonlyMap<AnyTransitionDefinition, number> {
    return this.#taken;
  }

  describe(ref: AnyActorRef): InspectedActor {
    const known = this.#known.get(ref);
    const name = this.#names.get(ref);
    if (known !== undefined && (name === undefined || name === known.name)) return known;
    const made = inspected(ref, name);
    this.#known.set(ref, made);
    return made;
  }

  /** The registration of an actor, with the state that it had when its snapshot was taken. */
  registrationOf(ref: AnyActorRef, snapshot: unknown = ref.getSnapshot()): Frame {
    return actorFrame(this.describe(ref), snapshot, this.#clock.now());
  }

  /** Which actor the event at this position is about. */
  actorAt(position: number): AnyActorRef | undefined {
    return this.#ring.at(position)?.event.actorRef as AnyActorRef | undefined;
  }

  /** The event at this position as a frame. */
  frameAt(position: number): Frame | undefined {
    const kept = this.#ring.at(position);
    if (kept === undefined) return undefined;
    const { event, at } = kept;
    const actor = this.describe(event.actorRef as AnyActorRef);
    if (event.type === "@xstate.snapshot") return snapshotFrame(actor, event.snapshot, event.event, at);
    if (event.type === "@xstate.event") return eventFrame(actor, event.sourceRef?.sessionId, event.event, at);
    // The actor may have gone on since; what it was at first is in the list while it lives, and comes as a snapshot anyway.
    const first = this.#live.get(event.actorRef as AnyActorRef)?.first;
    return actorFrame(actor, first, at);
  }

  #take(event: InspectionEvent): void {
    if (event.type === "@xstate.microstep") {
      for (const each of event._transitions) this.#taken.set(each, (this.#taken.get(each) ?? 0) + 1);
      return;
    }
    if (!FRAMED.has(event.type)) return;
    this.#follow(event);
    this.#ring.push({ event, at: this.#clock.now() });
    for (const listener of this.#listeners) listener();
  }

  /** B2 */
  #follow(event: InspectionEvent): void {
    const ref = event.actorRef as AnyActorRef;
    if (event.type === "@xstate.actor") this.#begin(ref, undefined);
    else if (event.type === "@xstate.snapshot") {
      const live = this.#live.get(ref);
      if (live !== undefined) live.first ??= event.snapshot;
      if (event.snapshot.status !== "active" && this.#live.delete(ref)) this.#liveVersion++;
    }
  }

  #begin(ref: AnyActorRef, first: unknown): void {
    this.#live.set(ref, { first });
    this.#liveVersion++;
  }

  /** B3 */
  #attach(run: Run): ActorInspection {
    const inspection = run.inspectActors(this.inspect);
    const root = run.actor as AnyActorRef;
    this.#names.set(root, run.plan.name);
    for (const { actor, item } of [{ actor: root, item: run.plan.name }, ...inspection.live]) {
      this.#names.set(actor, item);
      this.#begin(actor, actor.getSnapshot());
    }
    return inspection;
  }

  #detach(): void {
    for (const [run, inspection] of this.#runs) {
      inspection?.stop();
      this.#runs.set(run, undefined);
      const root = run.actor as AnyActorRef;
      // Nobody would tell when they end.
      for (const ref of this.#live.keys()) if (ref.system === root.system) this.#live.delete(ref);
    }
    this.#liveVersion++;
  }
}
