/** A player that remembers how fast it played, beside a volume that has nothing to do with that. */
import { setup } from "xstate";

export type PlayerEvent = { type: "PLAY" } | { type: "PAUSE" } | { type: "STOP" } | { type: "FAST" } | { type: "MUTE" };

export const playerMachine = setup({ types: { events: {} as PlayerEvent } }).createMachine({
  id: "player",
  type: "parallel",
  states: {
    playback: {
      initial: "stopped",
      states: {
        stopped: { on: { PLAY: "playing" } },
        playing: {
          initial: "normal",
          states: { normal: { on: { FAST: "fast" } }, fast: { on: { FAST: "normal" } }, last: { type: "history" } },
          on: { PAUSE: "paused", STOP: "stopped" },
        },
        paused: { on: { PLAY: "playing.last", STOP: "stopped" } },
      },
    },
    volume: { initial: "loud", states: { loud: { on: { MUTE: "muted" } }, muted: { on: { MUTE: "loud" } } } },
  },
});

/** Written by hand. */
export class Player {
  playback: "stopped" | "normal" | "fast" | "paused" = "stopped";
  muted = false;
  #before: "normal" | "fast" = "normal";
  readonly #bug: boolean;

  /** @param bug it forgets how fast it played when it pauses */
  constructor(bug: boolean) {
    this.#bug = bug;
  }

  take({ type }: PlayerEvent): void {
    const isPlaying = this.playback === "normal" || this.playback === "fast";
    if (type === "MUTE") this.muted = !this.muted;
    else if (type === "PLAY" && this.playback === "stopped") this.playback = "normal";
    else if (type === "PLAY" && this.playback === "paused") this.playback = this.#before;
    else if (type === "STOP") this.playback = "stopped";
    else if (type === "FAST" && isPlaying) this.playback = this.playback === "fast" ? "normal" : "fast";
    else if (type === "PAUSE" && isPlaying) {
      this.#before = this.#bug || this.playback === "normal" ? "normal" : "fast";
      this.playback = "paused";
    }
  }
}
