import { useCallback, useSyncExternalStore } from "react";
import { useBoard } from "./board-context.ts";

/**
 * The wall clock in whole seconds, and another picture with each: only for what shows how long something takes. Of a version of the past it
 * is the time of that version.
 */
export function useNow(): number {
  const { env, pastNow } = useBoard();
  const subscribe = useCallback(
    (listener: () => void) => {
      let stop = (): void => {};
      const tick = (): void => {
        stop = env.timers.after(1_000 - (env.clock.now() % 1_000), () => {
          listener();
          tick();
        });
      };
      tick();
      return () => stop();
    },
    [env],
  );
  return useSyncExternalStore(
    pastNow === undefined ? subscribe : never,
    () => pastNow ?? Math.floor(env.clock.now() / 1_000) * 1_000,
  );
}

function never(): () => void {
  return () => {};
}
