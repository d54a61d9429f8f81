import { runState } from "../data/run-state.ts";
import { usePicture } from "./board-context.ts";

/** How the whole is: as a state, and in words. */
export function useRunState(): readonly [lamp: string, words: string] {
  return runState(usePicture());
}
