/**
 * The items of a run as a tree by their ids, as lines of text.
 *
 * I1  No line is wider than `columns`; nothing that a plan or an item wrote reaches the terminal unchanged.
 * I2  A parent's figures are those of everything below it, also of what is not listed.
 */
import { harmless } from "../../base/harmless.ts";
import type { Hierarchy, ParentItem } from "../../state/hierarchy.ts";
import { paintFor, type Tone } from "../terminal/style.ts";
import { padToWidth } from "../terminal/width.ts";
import { countOf, formatCount } from "./format.ts";
import { LineMaker } from "./line-maker.ts";
import { toneOf } from "./table.ts";

export interface TreeItem {
  readonly status: string;
  readonly words: string;
  /** A title, or why it is what it is. */
  readonly text: string | undefined;
  /** It is listed also where not everything is. */
  readonly matters: boolean;
}

export interface TreeModel {
  /** Which parents and items there are to list. */
  readonly shape: Hierarchy;
  /** The figures of parents. */
  readonly whole: Hierarchy;
  /** Keys of items that stand below no parent. */
  readonly alone: readonly string[];
  readonly itemOf: (key: string) => TreeItem;
}

export interface TreeSize {
  readonly columns: number;
  readonly color: boolean;
  /** Without `all`: beyond so many lines only parents and items that matter are listed, and no more of those. */
  readonly linesMax: number;
  readonly all: boolean;
}

interface Line {
  readonly depth: number;
  readonly key: string;
  readonly status: string;
  readonly tone: Tone;
  readonly progress: string;
  readonly text: string;
  readonly matters: boolean;
}

/** Deeper parents stand no further right. */
const DEPTH_SHOWN_MAX = 12;
const HEAD = { status: "STATUS", progress: "DONE" };

export function renderTree(model: TreeModel, size: TreeSize): string {
  const all = [...linesOf(model)];
  const listed = size.all || all.length <= size.linesMax ? all : all.filter(({ matters }) => matters);
  const shown = size.all ? listed : listed.slice(0, size.linesMax);
  const widthOfAll = (column: "status" | "progress"): number =>
    shown.reduce((max, line) => Math.max(max, line[column].length), HEAD[column].length);
  const columns = { status: widthOfAll("status"), progress: widthOfAll("progress") };
  const draw = new LineMaker(size.columns, paintFor(size.color));
  const head = draw.line([
    ["dim", `${padToWidth(HEAD.status, columns.status)}  ${padToWidth(HEAD.progress, columns.progress)}  ITEM`],
  ]);
  const more = all.length - shown.length;
  const rest = more > 0 ? [`… and ${countOf(more, "line")} more; --all lists them, --scope ID shows a part`] : [];
  const lines = shown.map((line) =>
    draw.line([
      [line.tone, padToWidth(line.status, columns.status)],
      [
        "plain",
        `  ${padToWidth(line.progress, columns.progress)}  ${"  ".repeat(Math.min(line.depth, DEPTH_SHOWN_MAX))}`,
      ],
      ["plain", harmless(line.key)],
      ["dim", line.text === "" ? "" : `  ${harmless(line.text)}`],
    ]),
  );
  return [head, ...lines, ...rest].map((line) => `${line.trimEnd()}\n`).join("");
}

/** A parent, its own items, the parents below it; at the end what has no parent. */
function* linesOf({ shape, whole, alone, itemOf }: TreeModel): Generator<Line, undefined> {
  for (const { id, depth, items } of shape) {
    yield parentLine(whole.get(id)!);
    for (const key of items) yield itemLine(key, depth + 1, itemOf(key));
  }
  for (const key of alone) yield itemLine(key, 0, itemOf(key));
}

function parentLine({ id, depth, status, title, progress }: ParentItem): Line {
  const { done, total, failed, claimed, cancelled } = progress;
  const counted = [
    [failed, "failed"],
    [claimed, "live"],
    [cancelled, "cancelled"],
  ] as const;
  const counts = counted.flatMap(([count, word]) => (count > 0 ? [`${formatCount(count)} ${word}`] : []));
  return {
    depth,
    key: id,
    status,
    tone: toneOf(status),
    progress: `${formatCount(done)} of ${formatCount(total)}`,
    text: [title, counts.join(", ")].filter((part) => part !== undefined && part !== "").join(" · "),
    matters: true,
  };
}

function itemLine(key: string, depth: number, { status, words, text, matters }: TreeItem): Line {
  return { depth, key, status: words, tone: toneOf(status), progress: "", text: text ?? "", matters };
}
