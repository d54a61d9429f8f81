import { useLog } from "./board-context.ts";

/** What the machine is short of, in the words of the event that said so; `undefined` while nothing is held back for it. */
export function usePressure(): string | undefined {
  const last = useLog().rows.findLast(({ event }) => event.startsWith("pressure."));
  if (last?.event !== "pressure.raised") return undefined;
  return last.reason?.message ?? "the machine is short of something";
}
