/** Seeds of a run of the tests; `SIGNALBOX_SEEDS` plays more. */
export const SEEDS = Number(process.env["SIGNALBOX_SEEDS"] ?? 10_000);
