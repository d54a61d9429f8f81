/**
 * One who looks: gets what it watches, in the order in which it happened, as fast as it reads.
 *
 * V1 First every live actor as it is, then what happens from then on.
 * V2 A viewer has a place in the bridge's events and takes from there while its connection takes more. What is gone before it came to
 *    it is counted and told (`missed`), and every live actor is told again.
 * V3 The work for viewers is cut into slices, and others have their turn between them.
 */
import type { AnyActorRef } from "xstate";
import type { Env } from "../../base/env.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Bridge } from "./bridge.ts";
import type { Frame } from "./frames.ts";

/** Where frames go to. */
export interface Outlet {
  /** Text of one frame. */
  readonly send: (text: string) => void;
  /** Bytes that wait to be read by the other side. */
  readonly waiting: () => number;
}

export interface ViewerOptions {
  readonly bridge: Bridge;
  readonly env: Env;
  readonly outlet: Outlet;
  /** Which actors it wants. Default: all. */
  readonly watches?: (actor: AnyActorRef) => boolean;
  /** Told how many events it has missed, being too slow. */
  readonly missed: (count: number) => void;
}

const WAITING_BYTES_MAX = 1 << 20;
/** How long to wait for a slow reader before it is looked after again. */
const SLOW_MS = 20;

export class Viewer {
  readonly #options: ViewerOptions;
  readonly #stopLooking: () => void;
  #position: number;
  /** V1. Registrations that are still to be told, before any event. */
  #registrations: { readonly ref: AnyActorRef; readonly snapshot: unknown }[] = [];
  #isBusy = false;
  #isClosed = false;

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.#stopLooking = options.bridge.look(() => this.#wake());
    this.#position = options.bridge.end;
    this.#registerAll();
    this.#wake();
  }

  /** Tells of one actor as it is now, and of what is still known of it. */
  replay(ref: AnyActorRef): void {
    const { bridge } = this.#options;
    this.#send(bridge.registrationOf(ref));
    for (let at = bridge.start; at < this.#position; at++)
      if (bridge.actorAt(at) === ref) this.#send(bridge.frameAt(at));
  }

  /** Resolves when everything until now was sent, or `ms` have passed. */
  async drained(ms: number): Promise<void> {
    const { env, outlet } = this.#options;
    const end = env.clock.monotonic() + ms;
    while (!this.#isClosed && (this.#hasWork || outlet.waiting() > 0) && env.clock.monotonic() < end)
      await env.timers.nextTurn();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopLooking();
  }

  /** V1 */
  #registerAll(): void {
    const { bridge, watches } = this.#options;
    const refs = [...bridge.live].filter((ref) => watches?.(ref) !== false);
    this.#registrations = refs.map((ref) => ({ ref, snapshot: ref.getSnapshot() })).reverse();
  }

  get #hasWork(): boolean {
    return this.#registrations.length > 0 || this.#position < this.#options.bridge.end;
  }

  #wake(): void {
    if (this.#isBusy || this.#isClosed) return;
    this.#isBusy = true;
    void this.#work();
  }

  /** V3 */
  async #work(): Promise<void> {
    const { env, outlet } = this.#options;
    await env.timers.nextTurn();
    while (!this.#isClosed && this.#hasWork) {
      if (outlet.waiting() > WAITING_BYTES_MAX) await new Promise<void>((done) => env.timers.after(SLOW_MS, done));
      else {
        this.#slice();
        await env.timers.nextTurn();
      }
    }
    this.#isBusy = false;
  }

  #slice(): void {
    const { bridge, env, outlet, watches } = this.#options;
    this.#skipMissed();
    const end = env.clock.monotonic() + LIMITS.turnMsMax;
    for (let count = 1; this.#hasWork; count++) {
      const registration = this.#registrations.pop();
      if (registration !== undefined) this.#send(bridge.registrationOf(registration.ref, registration.snapshot));
      else {
        const ref = bridge.actorAt(this.#position);
        if (ref !== undefined && watches?.(ref) !== false) this.#send(bridge.frameAt(this.#position));
        this.#position++;
      }
      // The clock and the connection are asked now and then.
      if (count % 16 === 0 && (env.clock.monotonic() >= end || outlet.waiting() > WAITING_BYTES_MAX)) return;
    }
  }

  /** V2 */
  #skipMissed(): void {
    const { bridge, missed } = this.#options;
    const gone = bridge.start - this.#position;
    if (gone <= 0) return;
    this.#position = bridge.end;
    missed(bridge.end - bridge.start + gone);
    this.#registerAll();
  }

  #send(frame: Frame | undefined): void {
    if (frame !== undefined && !this.#isClosed) this.#options.outlet.send(JSON.stringify(frame));
  }
}
