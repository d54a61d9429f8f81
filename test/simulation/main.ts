/**
 * `npm run -s simulate -- --seed N`: plays one seed and prints everything that happened, the violations last. `--state-dir DIR` puts its
 * journal there, for `signalbox show`, `log` and `why`.
 * `npm run -s simulate -- --from N --count M`: plays many and prints what they add up to.
 * `--planted "NAME"` turns one protection off; `--list` prints their names.
 */
import { parseArgs } from "node:util";
import { campaign, describe, firstToCatch } from "./campaign.ts";
import { PLANTED, type Planted } from "./planted.ts";
import { simulate } from "./simulate.ts";
import { storeTrace } from "./stored-trace.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    count: { type: "string", default: "1000" },
    planted: { type: "string" },
    "state-dir": { type: "string" },
    list: { type: "boolean", default: false },
  },
});
const planted = plantedOf(values.planted);
const write = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.list) write(PLANTED.join("\n"));
else if (values.seed !== undefined) await playOne(wholeNumber(values.seed));
else await playMany(wholeNumber(values.from), wholeNumber(values.count));

async function playOne(seed: number): Promise<void> {
  const done = await simulate(seed, { keepsTrace: true, ...(planted !== undefined && { planted }) });
  write(done.lines.join("\n"));
  write(`seed ${seed}: ${done.lives} processes, ${done.entries} entries, ${done.events} events, hash ${done.hash}`);
  const stateDir = values["state-dir"];
  if (stateDir !== undefined) {
    const { stored, refusal } = await storeTrace(stateDir, done.stored);
    write(
      `${stored} of ${done.stored.length} records are stored in ${stateDir}: npm run signalbox -- show --state-dir ${stateDir}`,
    );
    if (refusal !== undefined) write(`the product takes no more of it: ${refusal}`);
  }
  for (const violation of done.violations) write(`violated: ${violation}`);
  process.exitCode = done.violations.length > 0 ? 1 : 0;
}

async function playMany(from: number, count: number): Promise<void> {
  if (planted !== undefined) {
    const caught = await firstToCatch(planted, from, count);
    write(caught === undefined ? `none of ${count} seeds catches "${planted}"` : describe(caught));
    process.exitCode = caught === undefined ? 1 : 0;
    return;
  }
  const { broken, lives, entries, turns, events, virtualMs } = await campaign(from, count);
  const hours = (virtualMs / 3_600_000).toFixed(0);
  write(
    `${count} seeds, ${lives} processes, ${entries} entries, ${turns} turns at a lock, ${events} events, ${hours} virtual hours`,
  );
  for (const each of broken) write(describe(each));
  process.exitCode = broken.length > 0 ? 1 : 0;
}

function plantedOf(name: string | undefined): Planted | undefined {
  const found = PLANTED.find((each) => each === name);
  if (name !== undefined && found === undefined) throw new Error(`expected one of ${PLANTED.join(", ")}, got ${name}`);
  return found;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`expected a whole number, got ${text}`);
  return number;
}
