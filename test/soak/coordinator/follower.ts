/** Follows a project's events over kills and breaks, as a board would, and keeps what it was shown. */
import { setTimeout as sleep } from "node:timers/promises";
import type { StreamedEvent } from "../../support/event-reader.ts";
import { readEvents } from "../../support/event-reader.ts";
import type { World } from "./world.ts";

export class Follower {
  readonly events: StreamedEvent[] = [];
  readonly #world: World;
  readonly #project: string;
  /** Reads so many events from one stream before it breaks off by itself. */
  readonly #perStream: number;
  streams = 0;

  constructor(world: World, project: string, perStream = Infinity) {
    this.#world = world;
    this.#project = project;
    this.#perStream = perStream;
  }

  get seq(): number {
    return this.events.at(-1)?.id ?? 0;
  }

  /** Until it is shown this item; begins anew after each break, where it was. */
  async followTo(item: string): Promise<void> {
    const isThere = (): boolean => this.events.at(-1)?.data["item"] === item;
    while (!isThere()) {
      const { url, tokens } = await this.#world.server;
      const target = `${url}/api/projects/${this.#project}/events?after=0`;
      const before = this.events.length;
      const headers: Record<string, string> = this.seq === 0 ? {} : { "last-event-id": String(this.seq) };
      this.streams++;
      let taken = 0;
      const take = (events: readonly StreamedEvent[]): boolean => {
        // What came before a break counts, too.
        for (; taken < events.length && !isThere(); taken++) this.events.push(events[taken]!);
        return isThere() || this.events.length - before >= this.#perStream;
      };
      await readEvents(target, tokens["read"]!, take, headers).catch(() => sleep(20));
    }
  }
}
