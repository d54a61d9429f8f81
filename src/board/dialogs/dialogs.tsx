import type { ReactNode } from "react";
import { useBoard } from "../ui/board-context.ts";
import { BulkDialog } from "./bulk-dialog.tsx";
import { CancelDialog } from "./cancel-dialog.tsx";
import { CreateDialog } from "./create-dialog.tsx";
import { FindDialog } from "./find-dialog.tsx";
import { HelpDialog } from "./help-dialog.tsx";

/** The one dialog that is open. */
export function Dialogs(): ReactNode {
  const { dialog } = useBoard();
  switch (dialog?.kind) {
    case "create":
      return <CreateDialog />;
    case "bulk":
      return <BulkDialog />;
    case "find":
      return <FindDialog />;
    case "help":
      return <HelpDialog />;
    case "cancel":
      return <CancelDialog item={dialog.item} />;
    case undefined:
      return null;
  }
}
