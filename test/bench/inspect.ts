/** What it costs a run that its actors can be looked at, and that somebody does. */
import { inTurn, measureInChild } from "./harness/measure.ts";
import type { BenchOptions } from "./harness/options.ts";
import { atMost, type LimitCheck, type Report } from "./harness/report.ts";
import { compact, digits, median, spread } from "./harness/stats.ts";
import type { Measure, Variant } from "./harness/variant.ts";

const LIVE = 2_000;
const MODES = { off: "no inspector", unwatched: "nobody looks", watched: "every actor watched" } as const;

interface Mode extends Variant {
  readonly mode: keyof typeof MODES;
  readonly size: number;
}

export async function inspect(options: BenchOptions): Promise<Report> {
  const sizes = options.smoke ? [500] : [2_000, 20_000];
  const modes = sizes.flatMap((size) =>
    (["off", "unwatched", "watched"] as const).map((mode): Mode => {
      const params = { size, mode, cap: LIVE };
      return {
        name: `${compact(size)}, ${MODES[mode]}`,
        size,
        mode,
        file: "inspected-run",
        export: "inspectedRun",
        params,
      };
    }),
  );
  const measure = (variant: Mode): Promise<Measure> => measureInChild(variant, {});
  const rounds = options.smoke ? 1 : (options.rounds ?? 7);
  const result = await inTurn(modes, { rounds, label: "inspect", measure });
  const measures = ({ name }: Mode): readonly Measure[] => result.measures.get(name) ?? [];
  const extra = (mode: Mode, key: string): number[] => measures(mode).map((one) => Number(one.extra[key]));
  const perItem = (mode: Mode): number[] => measures(mode).map(({ cpuMs }) => (cpuMs * 1_000) / mode.size);
  const rows = modes.map((mode) => [
    mode.name,
    spread(perItem(mode)),
    spread(extra(mode, "delayMs")),
    spread(extra(mode, "frames")),
    spread(extra(mode, "megabytes")),
    spread(extra(mode, "missed")),
  ]);
  return {
    name: "inspect",
    question: `items that do nothing, at most ${LIVE} live at once, in one process; a viewer that takes everything as fast as it comes`,
    tables: [
      {
        title: "by items in the run, median (min..max)",
        columns: ["items", "CPU, us/item", "longest turn, ms", "frames", "MB", "missed"],
        rows,
      },
    ],
    limits: options.smoke ? [] : sizes.flatMap((size) => limitsOf(size, modes, perItem, extra)),
    notes: [
      "longest turn: of the thread of the run, in its own processor time, the run's own work included",
      "missed: events that came faster than they could be told; the viewer is told how many, and every live actor again",
    ],
    failures: result.failures,
  };
}

function limitsOf(
  size: number,
  modes: readonly Mode[],
  perItem: (mode: Mode) => number[],
  extra: (mode: Mode, key: string) => number[],
): LimitCheck[] {
  const of = (mode: Mode["mode"]): Mode => modes.find((each) => each.size === size && each.mode === mode)!;
  const unwatched = median(perItem(of("unwatched"))) / median(perItem(of("off")));
  const unit = (name: string) => (value: number) => `${digits(value)} ${name}`;
  return [
    atMost(`${compact(size)}: nobody looks, against no inspector`, unwatched, 1.05),
    atMost(`${compact(size)}: watched, CPU an item`, median(perItem(of("watched"))), 1_000, unit("us")),
    atMost(`${compact(size)}: watched, longest turn`, median(extra(of("watched"), "delayMs")), 50, unit("ms")),
  ];
}
