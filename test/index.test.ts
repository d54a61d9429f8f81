// Goal: whoever points at a public name in an editor reads what it is. Method: the entries only hand names on; for each, the
// file that defines it has a docstring right above the definition.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const entries = ["../src/index.ts", "../src/testing/index.ts"].map((path) => new URL(path, import.meta.url));
const exported = entries.flatMap((entry) =>
  [...readFileSync(entry, "utf8").matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm)].flatMap(
    ([, names, file]) =>
      names!
        .split(",")
        .map((name) => name.trim().replace(/^type /, ""))
        .filter((name) => name !== "")
        .map((name) => [name, file!, new URL(file!, entry)] as const),
  ),
);

test("there are public names to look at", () => {
  expect(exported.length).toBeGreaterThan(50);
});

test.each(exported)("%s has a docstring in %s", (name, _file, url) => {
  const source = readFileSync(url, "utf8");
  const definition = new RegExp(String.raw`\*/\nexport (?:async )?(?:function|class|interface|type|const) ${name}\b`);
  expect(source).toMatch(definition);
});
