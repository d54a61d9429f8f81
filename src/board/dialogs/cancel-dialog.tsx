import { useState, type ReactNode } from "react";
import type { Item } from "../data/wire.ts";
import { useBoard, usePicture } from "../ui/board-context.ts";
import { Button } from "../ui/controls.tsx";
import { plural } from "../ui/format.ts";
import { useItemVerb } from "../ui/use-steering.ts";
import { Field } from "./field.tsx";
import { DialogButtons, DialogFrame } from "./frame.tsx";

/** Asks before an item is cancelled: that is for good. */
export function CancelDialog({ item }: { readonly item: Item }): ReactNode {
  const { open } = useBoard();
  const picture = usePicture();
  const act = useItemVerb();
  const [reason, setReason] = useState("");
  const waiting = picture.dependents(item.id).filter((id) => picture.item(id)?.status === "todo").length;
  return (
    <DialogFrame title="Cancel this item?">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open(undefined);
          void act("cancel", item, reason === "" ? undefined : reason);
        }}
      >
        <p className="break-words">
          <b className="font-semibold">{item.title}</b> will not be done. That cannot be taken back.
          {item.status === "claimed" &&
            ` ${item.assigned_agent_id ?? "Its holder"} hears of it with the next sign of life.`}
          {waiting > 0 && ` ${plural(waiting, "item that needs it", "items that need it")} will wait behind it.`}
        </p>
        <Field label="Why (others read it)" value={reason} onChange={setReason} maxLength={4096} />
        <DialogButtons>
          <Button onClick={() => open(undefined)}>Keep it</Button>
          <Button look="danger" type="submit">
            Cancel the item
          </Button>
        </DialogButtons>
      </form>
    </DialogFrame>
  );
}
