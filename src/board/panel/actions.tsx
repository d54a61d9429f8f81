import type { ReactNode } from "react";
import { canNow } from "../data/item-events.ts";
import type { Item } from "../data/wire.ts";
import { useBoard } from "../ui/board-context.ts";
import { Button } from "../ui/controls.tsx";
import { Lease } from "../ui/lease.tsx";
import { useNow } from "../ui/use-now.ts";
import { useItemVerb } from "../ui/use-steering.ts";
import { useWork } from "../ui/use-work.ts";
import { useWhy } from "./use-item.ts";

/** How long an extended lease holds. */
const EXTENDED_MS = 3_600_000;

/** Only what the item's machine takes in its present state, and what the token allows. */
export function Actions({ item }: { readonly item: Item }): ReactNode {
  const { mayChange, mayWork, open } = useBoard();
  const act = useItemVerb();
  const { held } = useWork(item);
  // An item that this process works on itself, or that something else holds, is nobody's to claim.
  const holds = useWhy(item)?.holds;
  const mayClaim = holds?.length === 1 && holds[0]!["kind"] === "claim";
  if (!mayWork) return null;
  return (
    <>
      {held !== undefined && <Held item={item} />}
      <div className="flex flex-wrap gap-2 pt-3 empty:hidden">
        {mayClaim && canNow(item, "claim") && (
          <Button look="main" onClick={() => open({ kind: "claim", item })}>
            Claim
          </Button>
        )}
        {mayChange && canNow(item, "requeue") && (
          <Button look="main" onClick={() => void act("requeue", item)}>
            Requeue
          </Button>
        )}
        {mayChange && canNow(item, "cancel") && (
          <Button look="danger" onClick={() => open({ kind: "cancel", item })}>
            Cancel item
          </Button>
        )}
      </div>
    </>
  );
}

/** What this tab has claimed is reported on from here. */
function Held({ item }: { readonly item: Item }): ReactNode {
  const { open, say } = useBoard();
  const { report } = useWork(item);
  const now = useNow();
  const tell = async (event: "heartbeat" | "release", body: object, words: string): Promise<void> => {
    const problem = await report(event, body, words);
    if (problem !== undefined) say(problem);
  };
  return (
    <section aria-label="Your claim" className="mt-3 rounded-lg border border-accent p-3">
      <p className="flex items-baseline justify-between gap-2">
        <span className="font-medium">You have this item</span>
        <Lease at={item.lease_expires_at} now={now} />
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {canNow(item, "complete") && (
          <Button look="main" onClick={() => open({ kind: "complete", item })}>
            Complete
          </Button>
        )}
        {canNow(item, "fail") && <Button onClick={() => open({ kind: "fail", item })}>Report failure</Button>}
        {canNow(item, "release") && (
          <Button onClick={() => void tell("release", {}, `${item.key} is given back`)}>Give back</Button>
        )}
        {canNow(item, "heartbeat") && (
          <Button onClick={() => void tell("heartbeat", { lease_ms: EXTENDED_MS }, "Yours for another hour")}>
            Extend
          </Button>
        )}
      </div>
    </section>
  );
}
