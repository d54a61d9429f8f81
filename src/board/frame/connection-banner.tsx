import { useSelector } from "@xstate/react";
import type { ReactNode } from "react";
import { useBoard } from "../ui/board-context.ts";
import { Button } from "../ui/controls.tsx";
import { clockOf } from "../ui/format.ts";

/** Says that what is shown is not live, and of when it is; nothing while it is. */
export function ConnectionBanner(): ReactNode {
  const { feed } = useBoard();
  const value = useSelector(feed.connection, (state) => state.value);
  const why = useSelector(feed.connection, (state) => state.context.why);
  const isBroken = value === "waiting" || (value === "connecting" && why !== "");
  if (!isBroken) return null;
  return (
    <div
      role="alert"
      data-lamp="blocked"
      className="lamp-tint flex items-center gap-3 border-b border-line px-4 py-1.5"
    >
      <strong className="font-semibold">Reconnecting</strong>
      <span className="min-w-0 flex-1 truncate">
        {why}. {feed.heardAt > 0 && `What you see is of ${clockOf(feed.heardAt)}.`}
      </span>
      <Button onClick={() => feed.retry()}>Try now</Button>
    </div>
  );
}
