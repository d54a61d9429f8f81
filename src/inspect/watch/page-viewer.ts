/**
 * The page's side of the connection: which actors live, and everything about those that a person has chosen.
 *
 * P1 The list and the counts are sent a few times a second, and only when they changed; the list has at most `ROWS_MAX` rows.
 * P2 Only chosen actors are told of event by event.
 */
import type { AnyActorRef, AnyStateMachine, AnyTransitionDefinition } from "xstate";
import { createMachine } from "xstate";
import type { WebSocket } from "ws";
import type { Env } from "../../base/env.ts";
import { isMachine } from "../machine/load.ts";
import { machineModel, nameOf } from "../machine/model.ts";
import { edgeKey, machinePicture } from "../machine/picture.ts";
import { machineSvg } from "../machine/svg.ts";
import type { AppFrames } from "./app-frames.ts";
import type { Bridge } from "./bridge.ts";
import { Viewer } from "./viewer.ts";

export interface PageViewerOptions {
  readonly bridge: Bridge;
  readonly env: Env;
  readonly apps: AppFrames;
  readonly connection: WebSocket;
  /** Path and query at which an app of the user's sends its frames. */
  readonly appPath: () => string;
}

const ROWS_MAX = 500;
const TELL_MS = 200;
const CHOSEN_MAX = 50;
const WAITING_BYTES_MAX = 8 << 20;

export class PageViewer {
  readonly #options: PageViewerOptions;
  readonly #viewer: Viewer;
  readonly #chosen = new Set<AnyActorRef>();
  #filter = "";
  #toldVersion = -1;
  #stopTimer: () => void = () => {};

  constructor(options: PageViewerOptions) {
    this.#options = options;
    const { bridge, env, connection } = options;
    this.#viewer = new Viewer({
      bridge,
      env,
      outlet: {
        send: (text) => connection.send(`{"kind":"frame","frame":${text}}`),
        waiting: () => connection.bufferedAmount,
      },
      watches: (ref) => this.#chosen.has(ref),
      missed: (count) => this.#tell({ kind: "missed", count }),
    });
    this.#tell({ kind: "here", path: options.appPath() });
    for (const text of options.apps.replay()) this.passOn(text);
    this.#tellNow();
  }

  /** What the page asks for; `false` when it is nothing that it may ask. */
  take(text: string): boolean {
    const asked = messageOf(text);
    if (asked === undefined) return false;
    const { watch, unwatch, filter, draw } = asked;
    if (watch !== undefined) this.#choose(watch);
    if (unwatch !== undefined) for (const ref of this.#chosen) if (ref.sessionId === unwatch) this.#chosen.delete(ref);
    if (filter !== undefined) {
      this.#filter = filter.toLowerCase();
      this.#toldVersion = -1;
    }
    if (draw !== undefined) this.#draw(draw.id, machineOf(draw.definition));
    return true;
  }

  /** A frame of another app. */
  passOn(text: string): void {
    const { connection } = this.#options;
    if (connection.bufferedAmount < WAITING_BYTES_MAX) connection.send(`{"kind":"app","frame":${text}}`);
  }

  drained(ms: number): Promise<void> {
    this.#tellList();
    return this.#viewer.drained(ms);
  }

  close(): void {
    this.#stopTimer();
    this.#viewer.close();
  }

  #choose(id: string): void {
    const ref = [...this.#options.bridge.live].find(({ sessionId }) => sessionId === id);
    if (ref === undefined || this.#chosen.size >= CHOSEN_MAX) return;
    this.#draw(id, logicOf(ref));
    this.#viewer.replay(ref);
    this.#chosen.add(ref);
  }

  #draw(id: string, machine: AnyStateMachine | undefined): void {
    const svg = machine === undefined ? null : machineSvg(machinePicture(machineModel(machine)), { style: false });
    this.#tell({ kind: "machine", id, svg });
  }

  /** P1 */
  #tellNow(): void {
    const { env } = this.#options;
    this.#tellList();
    this.#tellCounts();
    this.#stopTimer = env.timers.after(TELL_MS, () => this.#tellNow());
  }

  #tellList(): void {
    const { bridge } = this.#options;
    if (this.#toldVersion === bridge.liveVersion) return;
    this.#toldVersion = bridge.liveVersion;
    const rows: unknown[] = [];
    let total = 0;
    for (const ref of bridge.live) {
      total++;
      if (rows.length >= ROWS_MAX) continue;
      const { sessionId, name, parentId } = bridge.describe(ref);
      if (name.toLowerCase().includes(this.#filter)) rows.push({ id: sessionId, name, parent: parentId ?? null });
    }
    this.#tell({ kind: "actors", total, rows });
  }

  #tellCounts(): void {
    for (const ref of this.#chosen) {
      const counts = countsOf(logicOf(ref), this.#options.bridge.taken);
      if (counts.length > 0) this.#tell({ kind: "counts", id: ref.sessionId, counts });
    }
  }

  #tell(message: object): void {
    const { connection } = this.#options;
    if (connection.readyState === connection.OPEN) connection.send(JSON.stringify(message));
  }
}

interface Asked {
  readonly watch?: string;
  readonly unwatch?: string;
  readonly filter?: string;
  /** Draw a machine from the definition in an app's registration. */
  readonly draw?: { readonly id: string; readonly definition: string };
}

function messageOf(text: string): Asked | undefined {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    if (typeof value !== "object" || value === null) return undefined;
    const { draw, ...words } = value;
    const isDraw =
      draw === undefined || (typeof draw === "object" && draw !== null && "id" in draw && "definition" in draw);
    return isDraw && Object.values(words).every((each) => typeof each === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

function logicOf(ref: AnyActorRef): AnyStateMachine | undefined {
  const { logic } = ref as AnyActorRef & { readonly logic?: unknown };
  return isMachine(logic) ? logic : undefined;
}

/** From the JSON of an app's machine: its functions are only names there, and none is called to draw it. */
function machineOf(definition: unknown): AnyStateMachine | undefined {
  try {
    return createMachine(JSON.parse(String(definition)) as object);
  } catch {
    return undefined;
  }
}

/** Counts of one machine's transitions; of all actors with this machine together. */
function countsOf(
  machine: AnyStateMachine | undefined,
  taken: ReadonlyMap<AnyTransitionDefinition, number>,
): readonly (readonly [key: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const [{ source, target, eventType, guard }, count] of taken) {
    if (source.machine.root !== machine?.root) continue;
    for (const to of target ?? [source]) {
      const event = eventType === "" ? undefined : eventType;
      const key = edgeKey({ from: source.path.join("."), event, guard: nameOf(guard), to: to.path.join(".") });
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  return [...counts];
}
