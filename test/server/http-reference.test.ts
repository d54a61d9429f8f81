/**
 * Goal: the page of the HTTP interface and its OpenAPI document say what the routes are.
 * Method: the page is written from the table of routes (`UPDATE_DOCS=1`), and the document is walked.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { routesOf } from "../../src/server/coordinator-server.ts";
import type { Coordinator } from "../../src/server/coordinator.ts";
import { openApiOf } from "../../src/server/openapi.ts";
import { PROBLEM_STATUS } from "../../src/server/problem.ts";
import type { Route } from "../../src/server/route.ts";

// Nothing is called: the table is what is looked at.
const routes = routesOf({} as Coordinator, { version: "0.0.0", hosts: new Set(["127.0.0.1:4747"]) });
const document = openApiOf(routes, { version: "0.0.0", url: "http://127.0.0.1:4747" }) as {
  readonly paths: Record<string, Record<string, { operationId: string; responses: object }>>;
  readonly components: { readonly schemas: Record<string, object> };
};
const page = join(import.meta.dirname, "../../docs/reference/http.md");

function rowOf({ method, path, summary, role, body, takesKey, answers, problems }: Route): string {
  const name = body?.meta()?.id ?? (body === undefined ? "" : "JSON");
  const success = Object.keys(answers).join(" ");
  const codes = problems.map((code) => `\`${code}\``).join(" ");
  return `| \`${method.toUpperCase()} ${path}\` | ${role ?? "none"} | ${name} | ${success} | ${takesKey === true ? "yes" : ""} | ${summary} | ${codes} |`;
}

const table = [
  "| route | role | body | success | key | meaning | problems beside the common ones |",
  "| --- | --- | --- | --- | --- | --- | --- |",
  ...routes.map(rowOf),
].join("\n");
const codes = [
  "| code | status |",
  "| --- | --- |",
  ...Object.entries(PROBLEM_STATUS).map(([code, status]) => `| \`${code}\` | ${status} |`),
].join("\n");

test.each([
  ["routes", table],
  ["codes", codes],
])("docs/reference/http.md has the %s as they are", (name, expected) => {
  const text = readFileSync(page, "utf8");
  const part = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end of ${name} -->)`);
  expect(text).toMatch(part);
  if (process.env["UPDATE_DOCS"] === "1")
    writeFileSync(
      page,
      text.replace(part, (_, open, close) => `${open}${expected}${close}`),
    );
  expect(part.exec(readFileSync(page, "utf8"))?.[0]).toContain(expected);
});

describe("the OpenAPI document", () => {
  test("has every route once, under a name of its own", () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(routes.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
  });

  test("has whatever it refers to, and nothing that JSON cannot carry", () => {
    const text = JSON.stringify(document);
    expect(JSON.parse(text)).toEqual(document);
    const refs = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
    expect(refs.length).toBeGreaterThan(10);
    expect(refs.filter((name) => !Object.hasOwn(document.components.schemas, name))).toEqual([]);
    expect(text).not.toContain('"$ref":"#/$defs');
  });

  test("only what tells of the server itself is open to anybody", () => {
    expect(routes.filter(({ role }) => role === undefined).map(({ path }) => path)).toEqual([
      "/healthz",
      "/openapi.json",
    ]);
    const changing = routes.filter(({ method, path }) => method === "post" && path !== "/api/conflicts");
    expect(changing.filter(({ role }) => role === "read")).toEqual([]);
  });
});
