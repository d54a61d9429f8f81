/** One agent: makes items, claims them, works on them, and reports; at times it forgets what it holds, or comes back too late. */
import type { ClaimChecks, Operation } from "./claim-checks.ts";
import type { Asked, Network, Reply } from "./network.ts";
import type { World } from "./world.ts";

/** What agents share. */
export interface Crew {
  readonly world: World;
  readonly network: Network;
  readonly checks: ClaimChecks;
  readonly isRough: boolean;
  readonly isOver: boolean;
  readonly itemsMax: number;
  /** Items that were asked for, confirmed or not. */
  created: number;
}

interface Held {
  readonly id: string;
  readonly token: number;
  readonly leaseMs: number;
}

export class Agent {
  readonly #crew: Crew;
  readonly #name: string;
  readonly #number: number;
  readonly #known: string[] = [];
  #keys = 0;

  constructor(crew: Crew, name: string, number: number) {
    this.#crew = crew;
    this.#name = name;
    this.#number = number;
  }

  async work(): Promise<void> {
    const { world } = this.#crew;
    while (!this.#crew.isOver) {
      await world.sleep(world.random.int(10, 4_000));
      if (this.#happens(0.05)) await world.sleep(world.random.int(10_000, 100_000));
      if (this.#crew.created < this.#crew.itemsMax) await this.#create();
      else if (this.#happens(0.1)) await this.#meddle();
      else if (world.random.chance(0.15)) await this.#look();
      else await this.#claimAndWork();
    }
  }

  async #create(): Promise<void> {
    const { world } = this.#crew;
    const title = `item ${++this.#crew.created}`;
    const needs = this.#known.filter(() => world.random.chance(0.3)).slice(0, 3);
    const body = {
      title,
      attempts_max: world.random.int(1, 3),
      priority: world.random.int(0, 9),
      ...(needs.length > 0 && { dependencies: needs }),
      ...(world.random.chance(0.3) && { files: ["src/**"] }),
    };
    const reply = await this.#ask({ kind: "create", path: "/api/work-items", body });
    if (reply?.status === 201) this.#known.push(reply.body.id as string);
  }

  /** Cancels or puts back something. */
  async #meddle(): Promise<void> {
    const { world } = this.#crew;
    if (this.#known.length === 0) return;
    const id = world.random.pick(this.#known);
    const kind = world.random.chance(0.3) ? "cancel" : "requeue";
    await this.#ask({ kind, path: `/api/work-items/${id}/${kind}`, id, body: {} });
  }

  async #look(): Promise<void> {
    const { world, checks } = this.#crew;
    if (this.#known.length === 0) return;
    const id = world.random.pick(this.#known);
    const [isItem, before] = [world.random.chance(0.5), checks.confirmed];
    const path = isItem ? `/api/work-items/${id}` : `/api/work-items?limit=100`;
    const reply = await this.#crew.network.send({ method: "GET", path });
    if (reply?.status === 200) checks.read(id, isItem ? [reply.body] : (reply.body.items as unknown[]), before);
  }

  async #claimAndWork(): Promise<void> {
    const { world } = this.#crew;
    const leaseMs = world.random.int(2, 20) * 1_000;
    const next = world.random.chance(0.7) || this.#known.length === 0;
    const id = next ? undefined : world.random.pick(this.#known);
    const reply = await this.#ask({
      kind: "claim",
      path: id === undefined ? "/api/work-items/claim-next" : `/api/work-items/${id}/claim`,
      body: {
        agent_id: this.#name,
        lease_ms: leaseMs,
        ...(next && world.random.chance(0.5) && { wait_ms: world.random.int(0, 3_000) }),
      },
      leaseMs,
    });
    // There is nothing to do: it asks less often.
    if (reply?.status === 204) await world.sleep(world.random.int(1_000, 20_000));
    if (reply?.status !== 200) return;
    const held = { id: reply.body.item.id as string, token: reply.body.fencing_token as number, leaseMs };
    if (!this.#known.includes(held.id)) this.#known.push(held.id);
    await this.#workOn(held);
  }

  async #workOn(held: Held): Promise<void> {
    const { world } = this.#crew;
    const { random } = world;
    // It forgets what it holds: only the end of the lease helps.
    if (this.#happens(0.06)) return;
    for (let beats = random.int(0, 3); beats > 0; beats--) {
      // At times too late for its lease.
      await world.sleep(this.#happens(0.1) ? held.leaseMs * 2 : held.leaseMs * 0.4 * random.next());
      const beat = await this.#ask({
        kind: "heartbeat",
        path: `/api/work-items/${held.id}/heartbeat`,
        id: held.id,
        body: { fencing_token: held.token, lease_ms: held.leaseMs },
        leaseMs: held.leaseMs,
      });
      if (beat?.status !== 200 || beat.body.cancel_requested === true) return;
    }
    await world.sleep(held.leaseMs * 0.4 * random.next());
    await this.#report(held);
  }

  async #report({ id, token }: Held): Promise<void> {
    const luck = this.#crew.world.random.next();
    const [kind, facts] =
      luck < 0.75
        ? (["complete", { result_summary: "done", files_modified: [] }] as const)
        : luck < 0.9
          ? (["fail", { failure_reason: "it broke", retryable: luck < 0.85 }] as const)
          : (["release", {}] as const);
    await this.#ask({ kind, path: `/api/work-items/${id}/${kind}`, id, body: { fencing_token: token, ...facts } });
  }

  /** Asks until there is an answer, with one key: what became of a try that was not answered nobody knows. */
  async #ask(operation: Operation): Promise<Reply | undefined> {
    const { network, checks, world } = this.#crew;
    const key = `${this.#name}-${this.#number}-${++this.#keys}`;
    const takesKey = operation.kind !== "heartbeat";
    const asked: Asked = {
      method: "POST",
      path: operation.path,
      body: operation.body,
      ...(takesKey && { key }),
    };
    const begun = checks.begin(operation, this.#name);
    for (let tries = 0; tries < 40 && !this.#crew.isOver; tries++) {
      const reply = await network.send(asked);
      if (reply !== undefined && reply.status !== 503) {
        checks.answered(begun, reply);
        return reply;
      }
      // A sign of life is not sent again: the next one follows.
      if (!takesKey) return undefined;
      await world.sleep(world.random.int(100, 5_000));
    }
    return undefined;
  }

  #happens(probability: number): boolean {
    return this.#crew.isRough && this.#crew.world.random.chance(probability);
  }
}
