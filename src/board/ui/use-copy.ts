import { useCallback } from "react";
import { useBoard } from "./board-context.ts";

/** Puts a text on the clipboard, and says how that came out. */
export function useCopy(): (text: string, words: string) => void {
  const { say } = useBoard();
  return useCallback(
    (text, words) => {
      // A page that did not come over HTTPS or from this machine has no clipboard at all.
      const clipboard: Clipboard | undefined = navigator.clipboard;
      const copied = clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
      copied.then(
        () => say(words),
        () => say("The browser does not let this page copy"),
      );
    },
    [say],
  );
}
