/**
 * Frames that other XState applications send (`createWebSocketInspector({ url })`): checked, kept for late viewers, passed on.
 *
 * A1 What is no frame, or too long, ends the connection that sent it. Nothing of a frame is run.
 * A2 Registrations are kept for as many actors as `ACTORS_MAX`, with their latest snapshot; the oldest that have ended go first.
 */

/** What is looked at of a frame; the text goes on as it came. */
export interface AppFrame {
  readonly type: "@xstate.actor" | "@xstate.event" | "@xstate.snapshot";
  readonly sessionId: string;
}

interface KeptActor {
  readonly registration: string;
  latest: string | undefined;
  hasEnded: boolean;
}

export const FRAME_BYTES_MAX = 1 << 20;
const ACTORS_MAX = 5_000;
const TYPES: ReadonlySet<unknown> = new Set(["@xstate.actor", "@xstate.event", "@xstate.snapshot"]);

export class AppFrames {
  readonly #actors = new Map<string, KeptActor>();
  readonly #onFrame: (text: string) => void;

  constructor(onFrame: (text: string) => void) {
    this.#onFrame = onFrame;
  }

  /** Takes one text of a connection; `false` when it is no frame. */
  take(app: number, text: string): boolean {
    const frame = frameOf(text);
    if (frame === undefined) return false;
    this.#keep(`${app} ${frame.sessionId}`, frame, text);
    this.#onFrame(text);
    return true;
  }

  /** For a viewer that comes late: every actor that is known, and how it is. */
  *replay(): Generator<string> {
    for (const { registration, latest } of this.#actors.values()) {
      yield registration;
      if (latest !== undefined) yield latest;
    }
  }

  #keep(key: string, frame: AppFrame & { readonly snapshot?: unknown }, text: string): void {
    const known = this.#actors.get(key);
    if (frame.type === "@xstate.actor") {
      this.#actors.set(key, { registration: text, latest: undefined, hasEnded: false });
      if (this.#actors.size > ACTORS_MAX) this.#forgetOne();
    } else if (frame.type === "@xstate.snapshot" && known !== undefined) {
      known.latest = text;
      const { status } = (frame.snapshot ?? {}) as { readonly status?: unknown };
      known.hasEnded = status !== undefined && status !== "active";
    }
  }

  #forgetOne(): void {
    for (const [key, { hasEnded }] of this.#actors) {
      if (!hasEnded) continue;
      this.#actors.delete(key);
      return;
    }
    const [oldest] = this.#actors.keys();
    if (oldest !== undefined) this.#actors.delete(oldest);
  }
}

function frameOf(text: string): AppFrame | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof AppFrame, unknown>> | null;
    if (typeof value !== "object" || value === null || !TYPES.has(value.type)) return undefined;
    return typeof value.sessionId === "string" ? (value as AppFrame) : undefined;
  } catch {
    return undefined;
  }
}
