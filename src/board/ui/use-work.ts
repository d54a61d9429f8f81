/** What a person does as whoever works: takes an item, says that they are still at it, reports, gives it back. */
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useSyncExternalStore } from "react";
import type { HolderEvent } from "../data/item-events.ts";
import {
  claimsText,
  forgetClaim,
  heldClaim,
  keepClaim,
  keepPerson,
  watchClaims,
  type HeldClaim,
} from "../data/held-claims.ts";
import type { Claim, Heartbeat, Item } from "../data/wire.ts";
import { useBoard } from "./board-context.ts";
import { wordsOf } from "./use-steering.ts";

export interface Work {
  /** The claim of this tab on the item. */
  readonly held: HeldClaim | undefined;
  /** Resolves when the server has it on its disk; answers what keeps it from that, in words. */
  readonly claim: (agent: string, leaseMs: number) => Promise<string | undefined>;
  readonly report: (event: HolderEvent, body: object, words: string) => Promise<string | undefined>;
}

export function useWork(item: Item): Work {
  const { api, say, feed } = useBoard();
  const queries = useQueryClient();
  useSyncExternalStore(watchClaims, () => claimsText(window));
  const held = heldClaim(window, item);
  const { id, key } = item;
  const done = async (words: string): Promise<void> => {
    say(words);
    await queries.invalidateQueries({ queryKey: ["item", id] });
  };
  // The same wish has the same key until it is granted: an answer that was lost on its way is given again, not done again.
  const keys = useRef(new Map<string, string>());
  const send = async <T>(verb: string, body: object): Promise<T> => {
    const wish = JSON.stringify([verb, body]);
    const name = keys.current.get(wish) ?? crypto.randomUUID();
    keys.current.set(wish, name);
    const answer = await api.post<T>(`/api/work-items/${id}/${verb}`, body, { headers: { "idempotency-key": name } });
    keys.current.delete(wish);
    return answer;
  };
  const claim: Work["claim"] = async (agent, leaseMs) => {
    try {
      const answer = await send<Claim>("claim", { agent_id: agent, lease_ms: leaseMs });
      keepPerson(window, agent);
      keepClaim(window, id, { token: answer.fencing_token, agent, attempt: answer.item.attempt });
      await done(claimed(key, answer));
      return undefined;
    } catch (error) {
      return wordsOf(error);
    }
  };
  const report: Work["report"] = async (event, body, words) => {
    try {
      const answer = await send<Partial<Heartbeat>>(event, { ...body, fencing_token: held?.token ?? 0 });
      if (event !== "heartbeat") forgetClaim(window, id);
      // No event tells of a sign of life.
      else if (answer.lease_expires_at !== undefined)
        feed.items.refresh([{ ...item, lease_expires_at: answer.lease_expires_at }]);
      await done(answer.cancel_requested === true ? `${key} is to be stopped: give it back` : words);
      return undefined;
    } catch (error) {
      return wordsOf(error);
    }
  };
  return { held, claim, report };
}

function claimed(key: string, { conflicts }: Claim): string {
  return conflicts.length === 0
    ? `${key} is yours`
    : `${key} is yours; ${conflicts[0]!.agent_id} has ${conflicts[0]!.conflicting_files[0] ?? "a file of it"} in hand, too`;
}
