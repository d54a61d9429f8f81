/** What the clients of a campaign share: where the server is, which items there are, and what was answered. */
import type { ServerProcess } from "../server-process.ts";
import type { ItemInput, ItemOperation, ItemOutput } from "./item-model.ts";

/** A place for one item at a time; when it has settled for good the next one takes it. */
export interface Place {
  key: string;
  generation: number;
  isCreated: boolean;
  isOver: boolean;
  /** Of the claims that were told of, the latest last. */
  tokens: number[];
}

/** An answer that has to be found in the journal. */
export interface Acknowledged {
  readonly key: string;
  readonly seq: number;
  readonly status: string;
  readonly token: number | undefined;
}

export class World {
  readonly histories = new Map<string, ItemOperation[]>();
  readonly acknowledged: Acknowledged[] = [];
  readonly faults: string[] = [];
  readonly places: readonly Place[];
  /** Answers by what they said; tries whose answer was lost. */
  readonly counts = { acknowledged: 0, refused: 0, lost: 0, abandoned: 0, repeated: 0, nothing: 0 };
  /** Resolves to the server that is up; replaced while one is down. */
  server: Promise<ServerProcess>;
  /** Operations that were taken. */
  begun = 0;
  readonly #max: number;

  constructor(server: Promise<ServerProcess>, places: number, operationsMax: number) {
    this.server = server;
    this.#max = operationsMax;
    this.places = Array.from({ length: places }, (_, number) => placeOf(number, 0));
  }

  /** Takes one of the operations that are to be made; `false` when all are taken. */
  begin(): boolean {
    return this.begun++ < this.#max;
  }

  get isDone(): boolean {
    return this.begun >= this.#max;
  }

  /** Another item takes the place of one that has settled for good. */
  renew(place: Place): void {
    Object.assign(place, placeOf(Number(place.key.split("-")[1]), place.generation + 1));
  }

  placeWith(key: string): Place | undefined {
    return this.places.find((place) => place.key === key);
  }

  record(key: string, called: number, returned: number, input: ItemInput, output: ItemOutput | undefined): void {
    const history = this.histories.get(key);
    const operation = { called, returned, input, output };
    if (history === undefined) this.histories.set(key, [operation]);
    else history.push(operation);
    if (output === undefined) this.counts.abandoned++;
    else if (output.code !== "ok") this.counts.refused++;
    else this.#acknowledge(key, input, output);
  }

  /** Nobody asked for it, so it is no operation of a client: the lease of a claim may have ended from then on. */
  mayExpire(key: string, from: number, token: number | undefined): void {
    this.histories.get(key)!.push({
      called: from,
      returned: Infinity,
      input: { op: "expire", token },
      output: undefined,
    });
  }

  #acknowledge(key: string, input: ItemInput, output: ItemOutput): void {
    this.counts.acknowledged++;
    if (!("seq" in output)) return;
    const { seq, status, token } = output;
    this.acknowledged.push({ key, seq, status, token });
    const place = this.placeWith(key);
    if (place === undefined) return;
    place.isCreated = true;
    place.isOver = status === "done" || status === "cancelled";
    if (input.op === "claim" && token !== undefined) place.tokens.push(token);
  }
}

function placeOf(number: number, generation: number): Place {
  return { key: `w-${number}-${generation}`, generation, isCreated: false, isOver: false, tokens: [] };
}
