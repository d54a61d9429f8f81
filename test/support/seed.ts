// Properties draw from a seed that is printed in each title. `SIGNALBOX_SEED=n npm test` repeats it; where CI is set it
// is fixed, so that a change is judged by its own merits and not by luck. `SIGNALBOX_RUNS=n` sets the number of runs of
// the properties that do not choose their own.
import fc from "fast-check";

const seed = process.env["SIGNALBOX_SEED"] ?? (process.env["CI"] ? "20261121" : undefined);
const runs = process.env["SIGNALBOX_RUNS"];

fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});
