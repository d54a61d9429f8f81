// Goal: whoever points at a public name in an editor reads what it is. Method: src/index.ts only hands names on; for each, the
// file that defines it has a docstring right above the definition.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const index = new URL("../src/index.ts", import.meta.url);
const exported = [...readFileSync(index, "utf8").matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";/gm)].flatMap(
  ([, names, file]) =>
    names!
      .split(",")
      .map((name) => name.trim().replace(/^type /, ""))
      .filter((name) => name !== "")
      .map((name) => [name, file!] as const),
);

test("there are public names to look at", () => {
  expect(exported.length).toBeGreaterThan(50);
});

test.each(exported)("%s has a docstring in %s", (name, file) => {
  const source = readFileSync(new URL(file, index), "utf8");
  const definition = new RegExp(String.raw`\*/\nexport (?:async )?(?:function|class|interface|type|const) ${name}\b`);
  expect(source).toMatch(definition);
});
