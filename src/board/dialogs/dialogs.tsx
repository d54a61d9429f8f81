import { lazy, type ReactNode } from "react";
import { useBoard } from "../ui/board-context.ts";
import { BulkDialog } from "./bulk-dialog.tsx";
import { CancelDialog } from "./cancel-dialog.tsx";
import { CreateDialog } from "./create-dialog.tsx";
import { FindDialog } from "./find-dialog.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { ClaimDialog, CompleteDialog, FailDialog } from "./work-dialogs.tsx";

// It brings writers along that few ever need.
const DownloadDialog = lazy(() => import("./download-dialog.tsx").then((each) => ({ default: each.DownloadDialog })));

/** The one dialog that is open. */
export function Dialogs(): ReactNode {
  const { dialog } = useBoard();
  switch (dialog?.kind) {
    case "create":
      return <CreateDialog />;
    case "bulk":
      return <BulkDialog verb={dialog.verb ?? "requeue"} />;
    case "find":
      return <FindDialog />;
    case "download":
      return <DownloadDialog />;
    case "help":
      return <HelpDialog />;
    case "claim":
      return <ClaimDialog item={dialog.item} />;
    case "complete":
      return <CompleteDialog item={dialog.item} />;
    case "fail":
      return <FailDialog item={dialog.item} />;
    case "cancel":
      return <CancelDialog item={dialog.item} />;
    case undefined:
      return null;
  }
}
