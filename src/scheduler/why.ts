/** What keeps an item from being live: the condition that is false, and the smallest set of things that make it so. */
export type WhyAnswer =
  | { readonly state: "done" | "claimed" | "cancelled"; readonly item: string }
  | { readonly state: "failed"; readonly item: string; readonly reason: string }
  /** It may start and will, as soon as the loop turns. */
  | { readonly state: "ready"; readonly item: string }
  | {
      readonly state: "waiting";
      readonly item: string;
      readonly for: readonly Hold[];
    };

export type Hold =
  | { readonly kind: "needs"; readonly items: readonly { readonly item: string; readonly status: string }[] }
  /** These ended in a way that never meets the need: it waits for a person. */
  | { readonly kind: "blocked_by_failure"; readonly items: readonly string[] }
  | { readonly kind: "cap"; readonly live: number; readonly max: number; readonly ahead: number }
  | { readonly kind: "layer"; readonly layer: number; readonly items: number }
  | { readonly kind: "delay"; readonly untilMs: number }
  | { readonly kind: "paused" }
  | { readonly kind: "not_started" }
  | { readonly kind: "out_of_scope" }
  /** It has no `run`: somebody has to claim it. */
  | { readonly kind: "claim" };
