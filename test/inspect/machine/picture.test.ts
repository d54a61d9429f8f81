/**
 * Goal: a machine's picture can be read: nothing covers anything, and everything that the machine reacts to is in it.
 * Method: pictures of machines made at random (nested, parallel, cycles, long labels) and of our own, looked at as geometry.
 */
import { fc, test } from "@fast-check/vitest";
import { createMachine, type AnyStateMachine } from "xstate";
import { describe, expect } from "vitest";
import { machineDot } from "../../../src/inspect/machine/dot.ts";
import { OWN_MACHINES } from "../../../src/inspect/machine/load.ts";
import { machineDiagram } from "../../../src/inspect/machine/mermaid.ts";
import { edgeLabel, machineModel, type MachineModel } from "../../../src/inspect/machine/model.ts";
import { edgeKey, machinePicture, type MachinePicture } from "../../../src/inspect/machine/picture.ts";
import { machineSvg } from "../../../src/inspect/machine/svg.ts";

interface Node {
  readonly kind: "atomic" | "final" | "compound" | "parallel";
  readonly children: readonly Node[];
}

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ kind: fc.constantFrom("atomic" as const, "final" as const), children: fc.constant([]) }),
    fc.record({
      kind: fc.constantFrom("compound" as const, "parallel" as const),
      children: fc.array(tie("node"), { minLength: 1, maxLength: 5 }),
    }),
  ),
}));
const shapes = fc.record({
  children: fc.array(node, { minLength: 1, maxLength: 6 }),
  arrows: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.stringMatching(/^[\w<&"]{1,20}$/)), { maxLength: 25 }),
});

interface Config {
  id: string;
  type?: "final" | "parallel";
  initial?: string;
  states?: Record<string, Config>;
  on?: Record<string, { target: string }>;
}

function machineOf(root: Node, arrows: readonly (readonly [number, number, string])[]): AnyStateMachine {
  const all: Config[] = [];
  const config = ({ kind, children }: Node, id: string): Config => {
    const made: Config = { id, on: {} };
    all.push(made);
    if (kind === "final" || kind === "parallel") made.type = kind;
    if (children.length === 0) return made;
    if (kind === "compound") made.initial = "s0";
    made.states = Object.fromEntries(children.map((child, i) => [`s${i}`, config(child, `${id}-${i}`)]));
    return made;
  };
  const whole = config(root, "m");
  for (const [from, to, event] of arrows) {
    const source = all[from % all.length]!;
    if (source.type !== "final") source.on![event] = { target: `#${all[to % all.length]!.id}` };
  }
  return createMachine(whole as never);
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const apart = (a: Box, b: Box): boolean =>
  a.right <= b.left + 0.01 || b.right <= a.left + 0.01 || a.bottom <= b.top + 0.01 || b.bottom <= a.top + 0.01;
const isInside = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;

function expectReadable(model: MachineModel, picture: MachinePicture): void {
  const boxes = new Map(
    picture.states.map(({ path, x, y, width, height }): [string, Box] => [
      path,
      { left: x, right: x + width, top: y, bottom: y + height },
    ]),
  );
  for (const a of model.states) {
    if (a.parent !== undefined) expect(isInside(boxes.get(a.path)!, boxes.get(a.parent)!)).toBe(true);
    for (const b of model.states)
      if (a.path < b.path && a.parent === b.parent) expect(apart(boxes.get(a.path)!, boxes.get(b.path)!)).toBe(true);
  }
  const labels = picture.arrows.map(({ label, lines }): Box => {
    const width = Math.max(...lines.map(({ text }) => text.length)) * 7.3;
    const height = lines.length * 16;
    return {
      left: label.x - width / 2,
      right: label.x + width / 2,
      top: label.y - height / 2,
      bottom: label.y + height / 2,
    };
  });
  labels.forEach((label, i) => {
    expect(labels.every((other, j) => i === j || apart(label, other))).toBe(true);
    for (const { path, hasStates } of picture.states) if (!hasStates) expect(apart(label, boxes.get(path)!)).toBe(true);
  });
  for (const { from, to, points } of picture.arrows) {
    const touches = (path: string, { x, y }: { x: number; y: number }): boolean => {
      const { left, right, top, bottom } = boxes.get(path)!;
      return x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1;
    };
    expect([touches(from, points[0]!), touches(to, points.at(-1)!)]).toEqual([true, true]);
  }
  const drawn = [...picture.states, ...picture.arrows].flatMap(({ lines }) => lines.flatMap(({ keys }) => keys));
  expect(new Set(drawn)).toEqual(new Set(model.edges.map(edgeKey)));
}

/** Tags that open and close as in XML, attributes and texts without what XML forbids there. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replaceAll(
    /<(\/?)(\w+)((?: [\w:-]+="[^"<>]*")*)(\/?)>/g,
    (_all, close: string, name: string, _attributes, alone: string) => {
      if (close === "/") expect(open.pop()).toBe(name);
      else if (alone === "") open.push(name);
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest.replace(/@media[^]*/, "")).not.toMatch(/<|&(?!(amp|lt|gt|quot);)/);
}

test.prop([shapes], { numRuns: 150 })(
  "states, labels and arrows of any machine stand apart, each where it belongs",
  ({ children, arrows }) => {
    const model = machineModel(machineOf({ kind: "compound", children }, arrows));
    const picture = machinePicture(model);
    expectReadable(model, picture);
    expectWellFormed(machineSvg(picture));
    expect(machinePicture(model)).toEqual(picture);
  },
);

describe.each(Object.entries(OWN_MACHINES))("%s", (_name, machine) => {
  test("can be read, in every form", () => {
    const model = machineModel(machine);
    const picture = machinePicture(model);
    expectReadable(model, picture);
    const svg = machineSvg(picture);
    expectWellFormed(svg);
    for (const { key } of model.states) {
      expect(svg).toContain(`>${key}</text>`);
      expect(machineDot(model)).toContain(key);
    }
    expect(JSON.parse(JSON.stringify(model)).edges).toHaveLength(model.edges.length);
  });
});

test("the states that are entered are lit with all that they are in, and transitions that were taken have a number", () => {
  const model = machineModel(OWN_MACHINES["run"]!);
  const pause = model.edges.find(({ event }) => event === "pause")!;
  const svg = machineSvg(machinePicture(model), {
    current: ["lifecycle.paused", "admission.closed"],
    counts: new Map([[edgeKey(pause), 3]]),
  });
  const lit = [...svg.matchAll(/<g class="([^"]*)" data-state="([^"]*)"/g)].filter(([, classes]) =>
    /\bon\b/.test(classes!),
  );
  expect(lit.map(([, , path]) => path)).toEqual(["", "lifecycle", "lifecycle.paused", "admission", "admission.closed"]);
  expect([...svg.matchAll(/>([^<]+)<tspan class="count"> ×3</g)].map(([, label]) => label)).toEqual(["pause"]);
});

test("what time and actors bring is called by what it is, in each form", () => {
  const machine = createMachine({
    initial: "red",
    states: {
      red: { after: { 3000: "green", LONG: { target: "broken", guard: "isTired" } } },
      green: {
        invoke: { src: "count", id: "counting", onDone: "red", onError: "broken" },
        initial: "a",
        states: { a: { on: { next: "b" } }, b: { type: "final" } },
        onDone: { target: "red", guard: "may" },
      },
      broken: { type: "final" },
    },
  });
  const model = machineModel(machine);
  expect(model.edges.map((edge) => edgeLabel(edge, { guards: true }))).toEqual([
    "after 3000 ms",
    "after LONG [isTired]",
    "done [may]",
    "done counting",
    "error counting",
    "next",
  ]);
  expect(machineDiagram(machine)).toContain("red --> green: after 3000 ms");
  expect(machineDot(model)).toContain('"red" -> "green.a" [label="after 3000 ms", lhead="cluster green"]');
  expect(machinePicture(model).states.find(({ path }) => path === "green")?.lines[0]?.text).toBe("runs count");
});

test("names that other notations give a meaning to are only names", () => {
  const machine = createMachine({
    id: 'a"b',
    initial: "x<y",
    states: { "x<y": { on: { "go;now: #1": 'p"q', "<b>": 'p"q' } }, 'p"q': {} },
  });
  const model = machineModel(machine);
  expectWellFormed(machineSvg(machinePicture(model)));
  expect(machineDot(model)).toContain(String.raw`"x<y" -> "p\"q"`);
  const arrows = machineDiagram(machine)
    .split("\n")
    .filter((line) => line.includes("x_y -->"));
  expect(arrows).toEqual(["  x_y --> p_q: go#59;now#58; #35;1, #60;b#62;"]);
});

test("a state with a dot in its name is where it is, and its arrows are drawn", () => {
  const machine = createMachine({
    id: "dots",
    initial: "doc.a",
    states: {
      "doc.a": { on: { GO: String.raw`doc\.b` } },
      "doc.b": {
        on: { BACK: String.raw`doc\.a` },
        initial: "x.y",
        states: { "x.y": { on: { NEXT: String.raw`x\.z` } }, "x.z": {} },
      },
    },
  });
  const { arrows } = machinePicture(machineModel(machine));
  expect(arrows.flatMap(({ lines }) => lines.map(({ text }) => text)).sort()).toEqual(["BACK", "GO", "NEXT"]);
});
