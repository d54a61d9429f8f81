/**
 * What lies between the agents and the coordinator: requests and answers that are late, lost, or come twice. The coordinator is its real
 * handler of web requests.
 */
import type { Life, World } from "./world.ts";

/** The process that answers now, as the network finds it. */
export interface Listener {
  readonly life: Life;
  readonly handle: (request: Request) => Promise<Response>;
  /** What must be subtracted from tokens on their way out; a planted fault, else 0. */
  readonly tokenOffset: number;
}

export interface Asked {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly key?: string;
}

export interface Reply {
  readonly status: number;
  // What a story looks at is what it expects; a wrong shape is a violation there.
  readonly body: ReturnType<typeof JSON.parse>;
}

export interface NetworkParts {
  readonly world: World;
  readonly isRough: () => boolean;
  readonly listener: () => Listener | undefined;
  /** Planted: the token that is in force for an item. */
  readonly currentToken: (itemId: string) => number;
}

const TIMEOUT_MS = 15_000;

export class Network {
  readonly #parts: NetworkParts;
  /** Planted: the answers that a reader got before. */
  readonly #before = new Map<string, Reply>();

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  /** One try; `undefined`: nobody knows what became of it. */
  send(asked: Asked): Promise<Reply | undefined> {
    const { world } = this.#parts;
    return new Promise((resolve) => {
      const off = world.after(TIMEOUT_MS, () => resolve(undefined));
      const answered = (reply: Reply | undefined): void => {
        off();
        resolve(reply);
      };
      const copies = this.#happens(0.05) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (this.#happens(0.04)) continue;
        world.after(this.#delay(), () => this.#deliver(asked, answered));
      }
    });
  }

  #deliver(asked: Asked, answered: (reply: Reply | undefined) => void): void {
    const { world, listener } = this.#parts;
    const present = listener();
    if (present === undefined) {
      world.after(1, () => answered(undefined));
      return;
    }
    const { life } = present;
    world.after(
      0,
      () =>
        void this.#handled(present, asked).then((reply) => {
          if (life.isUp && !this.#happens(0.04)) world.after(this.#delay(), () => answered(reply));
        }),
      life,
    );
  }

  async #handled({ handle, tokenOffset }: Listener, asked: Asked): Promise<Reply> {
    const { world } = this.#parts;
    const { method, path, key } = asked;
    const body = asked.body === undefined ? undefined : JSON.stringify(this.#incoming(asked, tokenOffset));
    const before = this.#before.get(path);
    if (
      world.planted === "snapshot from before" &&
      method === "GET" &&
      before !== undefined &&
      world.random.chance(0.3)
    )
      return before;
    const response = await handle(
      new Request(`http://sim:1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(key !== undefined && world.planted !== "no idempotency" && { "idempotency-key": key }),
        },
        ...(body !== undefined && { body }),
      }),
    );
    const text = await response.text();
    const reply: Reply = { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    if (method === "GET") this.#before.set(path, reply);
    if (tokenOffset > 0 && typeof reply.body?.fencing_token === "number") reply.body.fencing_token -= tokenOffset;
    return reply;
  }

  #incoming({ path, body = {} }: Asked, tokenOffset: number): Record<string, unknown> {
    const { world, currentToken } = this.#parts;
    if (body["fencing_token"] === undefined) return body;
    if (world.planted === "no fencing") return { ...body, fencing_token: currentToken(path.split("/")[3]!) };
    return { ...body, fencing_token: (body["fencing_token"] as number) + tokenOffset };
  }

  #happens(probability: number): boolean {
    return this.#parts.isRough() && this.#parts.world.random.chance(probability);
  }

  #delay(): number {
    const { random } = this.#parts.world;
    return this.#happens(0.05) ? random.int(500, 12_000) : random.next() * 10;
  }
}

/** Everybody may do everything here: who may do what is another test's business. */
export const TOKEN = "s".repeat(43);
