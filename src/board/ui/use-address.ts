import { useCallback, useMemo, useSyncExternalStore } from "react";
import { readAddress, writeAddress, type Address } from "../data/address.ts";

const CHANGED = "signalbox:address";

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

export type Go = (changes: Partial<Address>, how?: "push" | "replace") => void;

/** What the address says, and how to change it. */
export function useAddress(): { readonly address: Address; readonly go: Go } {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  const address = useMemo(() => readAddress(search), [search]);
  const go = useCallback<Go>((changes, how = "push") => {
    const next = writeAddress({ ...readAddress(window.location.search), ...changes });
    if (next === `${window.location.pathname}${window.location.search}`) return;
    window.history[how === "push" ? "pushState" : "replaceState"](null, "", next);
    window.dispatchEvent(new Event(CHANGED));
  }, []);
  return { address, go };
}
