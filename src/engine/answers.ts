/**
 * Answers to requests that may come again, because the first answer was lost on its way.
 *
 * N1 An answer is stored in the batch of what it answers: both are durable, or neither (I8).
 * N2 The same key gets the same answer, also while the first one is under way, and after a restart; for another request it is refused.
 * N3 At most `answersMax` are kept, of at most `answersBytesMax`, the latest.
 */
import { SignalboxError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { roughSize } from "../base/rough-size.ts";
import { ANSWER } from "../journal/fold.ts";
import type { JournalEntry } from "../journal/journal.ts";
import { JOURNAL_LIMITS } from "../journal/limits.ts";
import type { RunCore } from "./run-core.ts";
import type { Answered, RequestKey } from "./turn.ts";

interface Kept {
  readonly fingerprint: string;
  readonly answer: Json;
}

export class Answers {
  readonly #kept = new Map<string, Kept & { readonly bytes: number }>();
  #bytes = 0;
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(stored: readonly JournalEntry[]) {
    for (const { data } of stored) if (isKept(data)) this.#keep(data.key, data);
  }

  /**
   * Does what is asked for unless it was done before. `work` is given what stores its answer, to be called in its turn.
   * @throws SignalboxError `request_key_reused`, and what `work` throws
   */
  async once<T extends Json>(
    request: RequestKey,
    core: RunCore,
    work: (store: (answer: T) => void) => Promise<T>,
  ): Promise<Answered<T>> {
    const { key, fingerprint } = request;
    for (let first = this.#underWay.get(key); first !== undefined; first = this.#underWay.get(key))
      await first.catch(() => {});
    // From here to the entry in `#underWay` nothing may wait: another one would come between.
    const known = this.#recall(request);
    // Only this function stores answers under the key, and the same request has answers of one shape.
    if (known !== undefined) return { answer: known as T, isRepeated: true };
    const underWay = work((answer) => core.recordRun(ANSWER, { data: { key, fingerprint, answer } }));
    this.#underWay.set(key, underWay);
    try {
      const answer = await underWay;
      this.#keep(key, { fingerprint, answer });
      return fresh(answer);
    } finally {
      this.#underWay.delete(key);
    }
  }

  #recall({ key, fingerprint }: RequestKey): Json | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.fingerprint === fingerprint) return kept?.answer;
    throw new SignalboxError(
      "request_key_reused",
      `expected a new key for a new request, got ${JSON.stringify(key)}, which was used for another one`,
    );
  }

  #keep(key: string, { fingerprint, answer }: Kept): void {
    this.#drop(key);
    const bytes = key.length + roughSize(answer);
    this.#kept.set(key, { fingerprint, answer, bytes });
    this.#bytes += bytes;
    const { answersMax, answersBytesMax } = JOURNAL_LIMITS;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= answersMax && this.#bytes <= answersBytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}

/** An answer that was not given before. */
export function fresh<T>(answer: T): Answered<T> {
  return { answer, isRepeated: false };
}

function isKept(data: Json | undefined): data is Json & Kept & { readonly key: string } {
  return typeof data === "object" && data !== null && "key" in data && "fingerprint" in data && "answer" in data;
}
