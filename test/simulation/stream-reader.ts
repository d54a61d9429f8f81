/** A reader of the event stream over all lives of a coordinator: I12, every entry once, in order, without a gap. */
import type { Project } from "../../src/server/project.ts";
import type { Observer } from "./observer.ts";
import type { Life, World } from "./world.ts";

export class StreamReader {
  readonly #world: World;
  readonly #observer: Observer;
  #seq = 0;
  #connection = 0;

  constructor(world: World, observer: Observer) {
    this.#world = world;
    this.#observer = observer;
  }

  get isCaughtUp(): boolean {
    return this.#seq >= this.#observer.log.length;
  }

  connect(project: Project, life: Life): void {
    void this.#read(project, life, ++this.#connection);
  }

  disconnect(): void {
    this.#connection++;
  }

  checkEnd(): void {
    if (!this.isCaughtUp)
      this.#world.violate("I12", `${this.#seq} of ${this.#observer.log.length} events were streamed`);
  }

  async #read({ hub }: Project, life: Life, connection: number): Promise<void> {
    const repeats = this.#world.planted === "stream repeats after a break" && this.#seq > 0;
    let last = this.#seq - (repeats ? 1 : 0);
    while (connection === this.#connection && !hub.isClosed) {
      const frames = await hub.after(last);
      if (connection !== this.#connection) return;
      for (const { seq, text } of frames) {
        last = seq;
        if (this.#world.planted === "stream drops an event" && this.#world.random.chance(0.02)) continue;
        this.#take(seq, text);
      }
      // It is slow at times.
      if (frames.length > 0) await this.#world.sleep(this.#world.random.int(1, 500), life);
      else await new Promise<void>((resolve) => void hub.whenMore(resolve));
    }
  }

  #take(seq: number, text: string): void {
    if (seq !== this.#seq + 1) this.#world.violate("I12", `event ${seq} follows event ${this.#seq} in the stream`);
    this.#seq = seq;
    const stored = this.#observer.log[seq - 1];
    if (stored === undefined) this.#world.violate("I7", `event ${seq} is streamed before it is durable`);
    else if (!text.includes(`id: ${seq}\n`)) this.#world.violate("I12", `event ${seq} has another id`);
  }
}
