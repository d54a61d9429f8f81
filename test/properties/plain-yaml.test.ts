/**
 * Goal: Y1, the quick reader of YAML never answers anything but what the full parser answers.
 * Method: texts put together from the pieces in which simple YAML and its near misses differ, and real plans as the library
 * writes them; whatever the quick reader accepts is compared. A test by hand shows that it does accept what plans are made of.
 */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { stringify } from "yaml";
import { readPlainYaml } from "../../src/plan/text/plain-yaml.ts";
import { readYaml } from "../../src/plan/text/yaml-file.ts";
import { anyPlan } from "../support/plans.ts";

function compare(text: string): boolean {
  const quick = readPlainYaml(text);
  if (quick === undefined) return false;
  const full = readYaml(text);
  expect(full.findings.kept, text).toEqual([]);
  expect(quick.value, text).toEqual(full.value);
  return true;
}

const pieces = fc.constantFrom(
  ..."a b tasks: run: needs: a: b: ? - -- : , [ ] { } # & * ! | |- > >- ' \" % @ ` ~ null true False yes 1 01 1.5 0x1f 1e3 .5 -1 +1 90s 10m 1_0 2001-01-01 .inf x:y x# <<: $a: é 😀 \\ / ( = ; ^ \u00a0".split(
    " ",
  ),
);
const spaces = fc.constantFrom("", "", " ", " ", " ", "  ", "\t");
const line = fc
  .tuple(fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 4, 1, 3, 6), fc.array(fc.tuple(pieces, spaces), { maxLength: 6 }))
  .map(([indent, parts]) => " ".repeat(indent) + parts.map(([piece, space]) => piece + space).join(""));
/** A tree of maps, lists and scalars that are written as given, so that near misses stand where a value belongs. */
type Node = string | readonly Node[] | readonly (readonly [string, Node])[];

const scalar = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.constantFrom(
      ...'npm|90s|12|true|null|src/**|--all|a b|[a, b]|[]|{}|{ a: b, c: [d] }|"x y"|\'x\'|echo a && b > c|# c|x # c|$X|v1.2|""'.split(
        "|",
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(pieces, spaces), { maxLength: 4 })
      .map((parts) => parts.map(([piece, space]) => piece + space).join("")),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "[a,]",
      "{a:b}",
      "[a: b]",
      "'it''s'",
      '"\\n"',
      '"x"# c',
      "[]# c",
      "{a}",
      "[a, b] c",
      "a: b",
      "a:",
      "- a",
      "[a",
      "'a",
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("|", "|-", "|", "| # c", ">", "|+", "|2"),
        fc.array(fc.constantFrom("  x", "  x: y", "    y", "", "  # z", "   ", "  \tt"), { maxLength: 5 }),
      )
      .map(([head, lines]) => [head, ...lines].join("\n")),
  },
);
const key = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom(..."a b c d e run needs a.b a-b $s 22 null true _x __proto__".split(" ")) },
  { weight: 1, arbitrary: fc.constantFrom('"q"', "a b", "?", "- a", "é", "") },
);
const tree = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.uniqueArray(fc.tuple(key, tie("node")), { maxLength: 4, selector: ([name]) => name }),
    fc.array(scalar, { maxLength: 3 }),
  ),
})).node;

/** Writes a tree down at an indentation; a block's lines are moved along. */
function written(node: Node, indent: string): string {
  if (typeof node === "string") return ` ${node.replaceAll("\n", `\n${indent}`)}\n`;
  if (node.length === 0) return "\n";
  return `\n${node.map((item) => (Array.isArray(item) && item.length === 2 ? `${indent}${String(item[0])}:${written(item[1] as Node, `${indent}  `)}` : `${indent}-${written(item as string, `${indent}  `)}`)).join("")}`;
}

const edit = fc.tuple(
  fc.nat(),
  fc.constantFrom("", " ", "\n", "  ", "#", ": ", "- ", "x", "\t", '"', "'", "\r\n"),
  fc.boolean(),
);
const text = fc
  .tuple(
    fc.uniqueArray(fc.tuple(key, tree), { minLength: 1, maxLength: 4, selector: ([name]) => name }),
    fc.oneof(fc.constant([]), fc.array(edit, { maxLength: 2 })),
    fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(line, { maxLength: 1 }) }),
  )
  .map(([root, edits, lines]) =>
    edits.reduce(
      (source, [at, piece, over]) => {
        const place = at % (source.length + 1);
        return source.slice(0, place) + piece + source.slice(over ? place + 1 : place);
      },
      written(root, "").slice(1) + lines.join("\n"),
    ),
  );

let accepted = 0;

test.prop([text], { numRuns: 10_000 })("Y1: texts like plans, and near misses", (source) => {
  if (compare(source)) accepted++;
});

test("a good part of them is accepted, or the property would say nothing", () => {
  expect(accepted).toBeGreaterThan(2_000);
});

test.prop([
  anyPlan(),
  fc.constantFrom(undefined, 0, 20),
  fc.constantFrom<"PLAIN" | "QUOTE_DOUBLE" | "QUOTE_SINGLE">("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE"),
  fc.boolean(),
])("Y1: plans as the library writes them", (plan, lineWidth, defaultStringType, flow) => {
  compare(
    stringify(plan, {
      ...(lineWidth === undefined ? {} : { lineWidth }),
      defaultStringType,
      collectionStyle: flow ? "flow" : "any",
      defaultKeyType: "PLAIN",
    }),
  );
});

describe("simple YAML is read by the quick reader", () => {
  test.each([
    'tasks:\n  a: { run: npm test, needs: [b, c], priority: 3 } # comment\n  b:\n    run: |\n      echo one\n\n        echo "two"\n    timeout: 90s\n\n  # about c\n  c:\n    needs:\n    - a\n    - "b"\n    env: { CI: "true" }\n    worktree: false\n    run: ./x --flag=1 && echo \'a # b\' | wc\n',
    "a: null\nb:\nc: [ ]\nd: {}\ne: [ x , 'y z' ]\nf: --all\ng: v1.2.3\nh: a:b\ni: |-\n  x\nj: é 😀\n",
    "$schema: ./x.json\r\nversion: 1\r\ntasks:\r\n  P1.M1: {}\r\n",
  ])("%j", (source) => {
    expect(compare(source)).toBe(true);
  });

  test.each([
    "",
    "a",
    "- a",
    "a: &x b",
    "a: *x",
    "a: !t b",
    "a: >\n  b\n",
    "a: b\n  c",
    "a: [b,\n c]",
    "a: 1\na: 2",
    "a:\tb",
    "a: 0x1f",
    "a: yes: no",
    '"a": b',
    "a: |2\n   x\n",
    "a: |\n  x",
    "---\na: b\n",
    "%YAML 1.2\n---\na: b\n",
    "a: {b}",
    "a: [b,]",
    "\ufeffa: b",
  ])("%j is left to the parser", (source) => {
    expect(readPlainYaml(source)).toBeUndefined();
  });
});
