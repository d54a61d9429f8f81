import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { useBoard } from "../ui/board-context.ts";

/** A dialog in the middle of the page; Esc and a click beside it close it. */
export function DialogFrame({
  title,
  children,
  wide = false,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly wide?: boolean;
}): ReactNode {
  const { open } = useBoard();
  return (
    <Dialog.Root
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) open(undefined);
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[rgb(8_10_14/0.5)]" />
        <Dialog.Popup
          className={`fixed top-[10vh] left-1/2 z-40 flex max-h-[82vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-float outline-none ${wide ? "max-w-2xl" : "max-w-lg"}`}
        >
          <Dialog.Title className="border-b border-line px-5 py-3 text-base font-semibold">{title}</Dialog.Title>
          <div className="min-h-0 overflow-y-auto p-5">{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function DialogButtons({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="mt-5 flex items-center justify-end gap-2">{children}</div>;
}
