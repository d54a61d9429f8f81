/** Steps of a run as its caller makes them, each with the answer that is stored with it. */
import type { Json } from "../base/json.ts";
import type { JournalEntry } from "../journal/journal.ts";
import { Answers, fresh } from "./answers.ts";
import type { Claim } from "./claim.ts";
import type { Suits } from "./claimable.ts";
import type { RemoteClaims } from "./remote-claims.ts";
import type { RunCore } from "./run-core.ts";
import { LocalTurn } from "./local-turn.ts";
import type { Answered, NextRequest, RequestKey, RunTurns, StepTime, Turn } from "./turn.ts";

export interface TurnsHost {
  readonly core: RunCore;
  readonly claims: RemoteClaims;
  /** Answers of earlier lives. */
  readonly answers: readonly JournalEntry[];
  /** Carries out a command in a turn; resolves to its answer when what it decided is durable. */
  readonly ask: <T>(command: () => T | PromiseLike<T>, when: StepTime) => Promise<T>;
  readonly isBegun: () => boolean;
}

export class Turns implements RunTurns {
  readonly #host: TurnsHost;
  readonly #answers: Answers;
  readonly #turn: Turn;
  /** By what was given: who waits for the same gets the same, and is looked for once. */
  readonly #suits = new WeakMap<NonNullable<NextRequest["suits"]>, Suits>();

  constructor(host: TurnsHost) {
    this.#host = host;
    this.#answers = new Answers(host.answers);
    this.#turn = new LocalTurn(host.core, host.claims, host.isBegun);
  }

  turn<T extends Json>(work: (turn: Turn) => T, request?: RequestKey, when: StepTime = "now"): Promise<Answered<T>> {
    const { core, ask } = this.#host;
    if (request === undefined) return ask(() => fresh(work(this.#turn)), when);
    return this.#answers.once(request, core, (store) => {
      const command = (): T => {
        const answer = work(this.#turn);
        store(answer);
        return answer;
      };
      return ask(command, when);
    });
  }

  turnNext<T extends Json>(
    asked: NextRequest,
    work: (turn: Turn, claim: Claim | undefined) => T,
    request?: RequestKey,
    when: StepTime = "now",
  ): Promise<Answered<T>> {
    const { core, claims } = this.#host;
    const suits = asked.suits && this.#suitsOf(asked.suits);
    if (request === undefined)
      return claims.claimNextAnd(asked, (claim) => fresh(work(this.#turn, claim)), suits, when);
    return this.#answers.once(request, core, (store) => {
      const answerTo = (claim: Claim | undefined): T => {
        const answer = work(this.#turn, claim);
        // That there was nothing is no answer to keep: the same question may well get another one later.
        if (claim !== undefined) store(answer);
        return answer;
      };
      return claims.claimNextAnd(asked, answerTo, suits, when);
    });
  }

  #suitsOf(given: NonNullable<NextRequest["suits"]>): Suits {
    const known = this.#suits.get(given);
    if (known !== undefined) return known;
    const suits: Suits = (item) => given(this.#turn, item);
    this.#suits.set(given, suits);
    return suits;
  }
}
