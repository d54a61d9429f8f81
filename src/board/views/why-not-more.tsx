import type { ReactNode } from "react";
import type { Picture } from "../data/item-store.ts";
import type { Item } from "../data/wire.ts";
import { whyNotMore } from "../ui/why-not-more.ts";
import { useWhy } from "../panel/use-item.ts";
import { plural } from "../ui/format.ts";
import { usePressure } from "../ui/use-pressure.ts";

interface WhyNotMoreProps {
  readonly picture: Picture;
  /** What would go first. */
  readonly first: Item | undefined;
}

export function WhyNotMore({ picture, first }: WhyNotMoreProps): ReactNode {
  const pressure = usePressure();
  const words = whyNotMore(picture, pressure);
  if (words !== undefined) return words;
  const free = picture.liveItemsMax - picture.counts.claimed;
  return first === undefined ? freeInWords(free) : <WhyFirst free={free} first={first} />;
}

/** A ready item may be held by a pool, a pause or files that others have: the server says by what. Else nobody has asked for it. */
function WhyFirst({ free, first }: { readonly free: number; readonly first: Item }): ReactNode {
  const why = useWhy(first);
  const isHeld = why?.holds.some(({ kind }) => kind !== "claim") === true;
  if (!isHeld) return freeInWords(free);
  // Each line is a sentence of its own.
  const [head = "", ...rest] = why.in_words.split("\n").map((line) => line.trim());
  return `${plural(free, "slot")} free, but ${head} ${rest.map((line) => line.replace(/\.?$/, ".")).join(" ")}`;
}

function freeInWords(free: number): string {
  return `${plural(free, "slot")} free: ready items wait for a worker that asks.`;
}
