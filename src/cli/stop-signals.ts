import type { Io, StopSignal } from "./io.ts";

/** Exit codes of a command that a signal stopped, as shells have them: 128 and the number of the signal. */
export const SIGNAL_EXITS: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** A terminal and npm may both pass on the same Ctrl-C: what comes this soon after the first is the first. */
const SAME_SIGNAL_MS = 200;

export interface StopSignals {
  /** The first that came. */
  readonly received: () => StopSignal | undefined;
  /** Listens no longer. */
  readonly stop: () => void;
}

/** Listens for signals: the first asks for a good end, each later one for an end at once. */
export function listenForStop(
  io: Io,
  {
    onFirst,
    onLater,
  }: { readonly onFirst: (signal: StopSignal) => void; readonly onLater: (signal: StopSignal) => void },
): StopSignals {
  const { clock } = io.env;
  let first: { readonly signal: StopSignal; readonly at: number } | undefined;
  const stop = io.onSignal((signal) => {
    if (first === undefined) {
      first = { signal, at: clock.monotonic() };
      onFirst(signal);
    } else if (clock.monotonic() - first.at > SAME_SIGNAL_MS) onLater(signal);
  });
  return { received: () => first?.signal, stop };
}
