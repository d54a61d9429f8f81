/**
 * Where everything of a machine's picture stands: boxes of states within each other, arrows with their labels. Plain data that JSON can
 * carry; `svg.ts` writes it down, and a page may draw it itself.
 */
import { layered, type Layout, type LayoutArrow, type Point, type Size } from "./layered.ts";
import { edgeLabel, type MachineEdge, type MachineModel, type MachineState } from "./model.ts";

export interface MachinePicture extends Size {
  readonly id: string;
  /** Outer boxes before those within them. */
  readonly states: readonly PictureState[];
  readonly arrows: readonly PictureArrow[];
  /** Where the machine, or a state with states, begins: a dot, and the arrow from it. */
  readonly beginnings: readonly { readonly dot: Point; readonly points: readonly Point[] }[];
}

export interface PictureState extends Size {
  readonly path: string;
  readonly key: string;
  readonly type: MachineState["type"];
  readonly isRegion: boolean;
  readonly hasStates: boolean;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
  /** What happens without a change of state, and what runs in it. */
  readonly lines: readonly PictureLine[];
}

export interface PictureLine {
  readonly text: string;
  /** Keys of the transitions that it stands for, as `edgeKey` makes them. */
  readonly keys: readonly string[];
}

export interface PictureArrow {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  /** Middle of the label. */
  readonly label: Point;
  readonly lines: readonly PictureLine[];
}

export const TEXT = { size: 12, line: 16, character: 7.3, title: 24 } as const;
const PAD = 12;
const DOT: Size = { width: 10, height: 10 };
const LABEL_CHARS_MAX = 48;

/** What a transition is counted under: where from, by what, under which guard, where to. */
export function edgeKey({ from, event, guard, to }: Omit<MachineEdge, "effects" | "words">): string {
  return JSON.stringify([from, event ?? "", guard ?? "", to]);
}

interface Drawn extends Size {
  /** Corners within this box. */
  readonly corners: ReadonlyMap<string, Point>;
  readonly sizes: ReadonlyMap<string, Size>;
  readonly arrows: readonly PictureArrow[];
  readonly beginnings: MachinePicture["beginnings"];
}

interface Sketch {
  readonly states: ReadonlyMap<string, MachineState>;
  readonly childrenOf: ReadonlyMap<string | undefined, readonly MachineState[]>;
  readonly linesOf: ReadonlyMap<string, readonly PictureLine[]>;
  /** Arrows by the innermost state that both ends are in. */
  readonly arrowsIn: ReadonlyMap<string, readonly Bundle[]>;
}

/** All transitions from one state to another: one arrow. */
interface Bundle {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly PictureLine[];
}

export function machinePicture(model: MachineModel): MachinePicture {
  const sketch = sketchOf(model);
  const root = model.states[0]!;
  const drawn = drawBox(sketch, root);
  return {
    id: model.id,
    width: drawn.width,
    height: drawn.height,
    states: model.states.map((state) => {
      const { path, key, type, parent } = state;
      const isRegion = parent !== undefined && sketch.states.get(parent)?.type === "parallel";
      const hasStates = sketch.childrenOf.has(path);
      const place = { ...drawn.corners.get(path)!, ...drawn.sizes.get(path)! };
      return { path, key, type, isRegion, hasStates, ...place, lines: sketch.linesOf.get(path) ?? [] };
    }),
    arrows: drawn.arrows.map((arrow) => toRealEnds(arrow, drawn)),
    beginnings: drawn.beginnings,
  };
}

function sketchOf({ states, edges }: MachineModel): Sketch {
  const byPath = new Map(states.map((state) => [state.path, state]));
  const isWithin = (inner: string, outer: string): boolean => inner === outer || outerOf(byPath, inner).includes(outer);
  const commonOf = (a: string, b: string): string => {
    const around = outerOf(byPath, b);
    return outerOf(byPath, a).find((path) => around.includes(path)) ?? "";
  };
  // What stays in its state, moves only below or above itself, or between regions that stand side by side, is written into the box.
  const isLine = ({ from, to }: MachineEdge): boolean =>
    isWithin(from, to) || isWithin(to, from) || byPath.get(commonOf(from, to))?.type === "parallel";
  const inside = Map.groupBy(edges.filter(isLine), ({ from }) => from);
  const linesOf = new Map(
    states.map((state) => [
      state.path,
      [
        ...state.invokes.map((name) => ({ text: cut(`runs ${name}`), keys: [] })),
        ...merged(inside.get(state.path) ?? [], ({ from, to }) => (from === to ? "" : ` → ${keyOf(byPath, to)}`)),
      ],
    ]),
  );
  const between = [
    ...Map.groupBy(
      edges.filter((edge) => !isLine(edge)),
      ({ from, to }) => JSON.stringify([from, to]),
    ),
  ];
  const bundles = between.map(([, [first, ...more]]) => ({
    from: first!.from,
    to: first!.to,
    lines: merged([first!, ...more], () => ""),
  }));
  return {
    states: byPath,
    childrenOf: Map.groupBy(states, ({ parent }) => parent),
    linesOf,
    arrowsIn: Map.groupBy(bundles, ({ from, to }) => commonOf(from, to)),
  };
}

function keyOf(states: ReadonlyMap<string, MachineState>, path: string): string {
  return states.get(path)?.key ?? path;
}

/** One line for each label; guards that are told apart stand in lines of their own. */
function merged(edges: readonly MachineEdge[], suffix: (edge: MachineEdge) => string): PictureLine[] {
  const lines = Map.groupBy(edges, (edge) => cut(edgeLabel(edge, { guards: true }) + suffix(edge)));
  return [...lines].map(([text, same]) => ({ text, keys: [...new Set(same.map(edgeKey))] }));
}

function cut(text: string): string {
  return text.length > LABEL_CHARS_MAX ? `${text.slice(0, LABEL_CHARS_MAX - 1)}…` : text;
}

/** Paths of the states around one, nearest first. Not by its dots: a state's own name may have some. */
function outerOf(states: ReadonlyMap<string, MachineState>, path: string): readonly string[] {
  const outer: string[] = [];
  for (let at = states.get(path)?.parent; at !== undefined; at = states.get(at)?.parent) outer.push(at);
  return outer;
}

function sizeOfLines(lines: readonly PictureLine[]): Size {
  const longest = lines.reduce((most, { text }) => Math.max(most, text.length), 0);
  return { width: longest * TEXT.character, height: lines.length * TEXT.line };
}

function drawBox(sketch: Sketch, state: MachineState): Drawn {
  const lines = sizeOfLines(sketch.linesOf.get(state.path) ?? []);
  const title = Math.max(lines.width, state.key.length * TEXT.character) + PAD * 2;
  const header = TEXT.title + lines.height + (lines.height > 0 ? PAD / 2 : 0);
  const children = sketch.childrenOf.get(state.path);
  if (children === undefined) return leaf(state, { width: Math.max(64, title), height: Math.max(32, header + 6) });
  const boxes = children.map((child) => drawBox(sketch, child));
  const inner = state.type === "parallel" ? sideBySide(boxes) : asFlow(sketch, state, children, boxes);
  const width = Math.max(title, inner.width + PAD * 2);
  const left = (width - inner.width) / 2;
  return within(state, { width, height: header + inner.height + PAD * 2 }, { x: left, y: header + PAD }, inner);
}

function leaf({ path }: MachineState, size: Size): Drawn {
  const corner = { x: 0, y: 0 };
  return { ...size, corners: new Map([[path, corner]]), sizes: new Map([[path, size]]), arrows: [], beginnings: [] };
}

/** The boxes of children, moved to where they stand within their parent. */
function placed(boxes: readonly Drawn[], corners: readonly Point[], size: Size): Drawn {
  const moved = boxes.map((box, i) => shifted(box, corners[i]!));
  return {
    ...size,
    corners: new Map(moved.flatMap(({ corners }) => [...corners])),
    sizes: new Map(moved.flatMap(({ sizes }) => [...sizes])),
    arrows: moved.flatMap(({ arrows }) => arrows),
    beginnings: moved.flatMap(({ beginnings }) => beginnings),
  };
}

function sideBySide(boxes: readonly Drawn[]): Drawn {
  let x = 0;
  const corners = boxes.map(({ width }) => {
    const corner = { x, y: 0 };
    x += width + PAD;
    return corner;
  });
  const height = boxes.reduce((most, box) => Math.max(most, box.height), 0);
  return placed(boxes, corners, { width: Math.max(0, x - PAD), height });
}

function asFlow(
  sketch: Sketch,
  state: MachineState,
  children: readonly MachineState[],
  boxes: readonly Drawn[],
): Drawn {
  const indexOf = (path: string): number =>
    children.findIndex((child) => path === child.path || path.startsWith(`${child.path}.`));
  const bundles = sketch.arrowsIn.get(state.path) ?? [];
  const starts = state.initial.map(indexOf).filter((index) => index >= 0);
  const arrows: LayoutArrow[] = [
    ...starts.map((to) => ({ from: 0, to: to + 1, width: 0, height: 0 })),
    ...bundles.map(({ from, to, lines }) => {
      const { width, height } = sizeOfLines(lines);
      return { from: indexOf(from) + 1, to: indexOf(to) + 1, width: width + 8, height: height + 4 };
    }),
  ];
  const layout: Layout = layered([DOT, ...boxes], arrows);
  const inner = placed(boxes, layout.boxes.slice(1), layout);
  const dot = { x: layout.boxes[0]!.x + DOT.width / 2, y: layout.boxes[0]!.y + DOT.height / 2 };
  return {
    ...inner,
    arrows: [...inner.arrows, ...bundles.map((bundle, i) => ({ ...bundle, ...layout.arrows[starts.length + i]! }))],
    beginnings: [...inner.beginnings, ...starts.map((_, i) => ({ dot, points: layout.arrows[i]!.points }))],
  };
}

function within({ path }: MachineState, size: Size, corner: Point, inner: Drawn): Drawn {
  const moved = shifted(inner, corner);
  return {
    ...size,
    corners: new Map([[path, { x: 0, y: 0 }], ...moved.corners]),
    sizes: new Map([[path, size], ...moved.sizes]),
    arrows: moved.arrows,
    beginnings: moved.beginnings,
  };
}

function shifted(drawn: Drawn, by: Point): Drawn {
  const move = ({ x, y }: Point): Point => ({ x: x + by.x, y: y + by.y });
  return {
    ...drawn,
    corners: new Map([...drawn.corners].map(([path, corner]) => [path, move(corner)])),
    arrows: drawn.arrows.map((arrow) => ({ ...arrow, points: arrow.points.map(move), label: move(arrow.label) })),
    beginnings: drawn.beginnings.map(({ dot, points }) => ({ dot: move(dot), points: points.map(move) })),
  };
}

/** The layout knows boxes side by side; an arrow of a state within one of them goes on to that state. */
function toRealEnds(arrow: PictureArrow, { corners, sizes }: Drawn): PictureArrow {
  const reaches = (path: string, end: Point): Point[] => {
    const [corner, size] = [corners.get(path)!, sizes.get(path)!];
    const [left, right, top, bottom] = [corner.x, corner.x + size.width, corner.y, corner.y + size.height];
    if (end.x >= left - 1 && end.x <= right + 1 && end.y >= top - 1 && end.y <= bottom + 1) return [];
    const x = Math.min(Math.max(end.x, left + 6), right - 6);
    return [{ x, y: end.y > bottom ? bottom : top }];
  };
  const [first, last] = [arrow.points[0]!, arrow.points.at(-1)!];
  return { ...arrow, points: [...reaches(arrow.from, first), ...arrow.points, ...reaches(arrow.to, last)] };
}
