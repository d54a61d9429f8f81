/** A traffic light: it changes by time alone, and flashes while the power is bad. */
import { setup } from "xstate";

export const trafficLightMachine = setup({
  types: { events: {} as { type: "OUTAGE" } | { type: "RESTORED" } },
  delays: { green: 3_000, yellow: 500, red: 2_000 },
}).createMachine({
  id: "trafficLight",
  initial: "red",
  states: {
    green: { after: { green: "yellow" }, on: { OUTAGE: "flashing" } },
    yellow: { after: { yellow: "red" }, on: { OUTAGE: "flashing" } },
    red: { after: { red: "green" }, on: { OUTAGE: "flashing" } },
    flashing: { on: { RESTORED: "red" } },
  },
});

const PHASES = { green: ["yellow", 3_000], yellow: ["red", 500], red: ["green", 2_000] } as const;

/** Written by hand, with a clock that is moved from outside. */
export class TrafficLight {
  light: keyof typeof PHASES | "flashing" = "red";
  #left = 2_000;
  readonly #bug: boolean;

  /** @param bug after an outage it goes on with the time that was left before */
  constructor(bug: boolean) {
    this.#bug = bug;
  }

  outage(): void {
    this.light = "flashing";
  }

  restored(): void {
    this.light = "red";
    if (!this.#bug) this.#left = 2_000;
  }

  pass(ms: number): void {
    if (this.light === "flashing") return;
    this.#left -= ms;
    while (this.#left <= 0) {
      [this.light] = PHASES[this.light];
      this.#left += PHASES[this.light][1];
    }
  }
}
