/**
 * Goal: the page of the client says what it exports and which route each call is.
 * Method: the table is written from the routes (`UPDATE_DOCS=1`); names are those of the sources.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROUTES } from "../../src/client/routes.ts";
import { routesOf } from "../../src/server/coordinator-server.ts";
import type { Coordinator } from "../../src/server/coordinator.ts";
import { exportedNames } from "../support/docs/public-names.ts";
import { readPath } from "../support/tidy/repository.ts";
import { parse } from "../support/tidy/source.ts";

const page = join(import.meta.dirname, "../../docs/reference/client.md");
const routes = routesOf({} as Coordinator, { version: "0.0.0", hosts: new Set(["a:1"]) });

test("docs/reference/client.md has the calls as they are", () => {
  const rows = Object.entries(ROUTES).map(([name, { method, path }]) => {
    const route = routes.find((each) => each.method === method && each.path === path);
    return `| \`${name}\` | \`${method.toUpperCase()} ${path}\` | ${route?.role ?? "none"} | ${route?.summary} |`;
  });
  const expected = ["| call | route | role | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
  const part = /(<!-- calls -->\n)[^]*?(<!-- end of calls -->)/;
  if (process.env["UPDATE_DOCS"] === "1")
    writeFileSync(
      page,
      readFileSync(page, "utf8").replace(part, (_, open, close) => `${open}${expected}\n${close}`),
    );
  expect(part.exec(readFileSync(page, "utf8"))?.[0]).toContain(expected);
});

test.each(["src/client/index.ts", "src/client/local-server.ts"])("docs/reference/client.md names all of %s", (path) => {
  const load = (path: string): ReturnType<typeof parse> => parse({ path, text: readPath(path) });
  const words = new Set(readFileSync(page, "utf8").match(/[\w$]+/g));
  expect(exportedNames(load(path), load).filter((name) => !words.has(name))).toEqual([]);
});
