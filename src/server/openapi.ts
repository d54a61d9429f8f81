/** The OpenAPI 3.1 document of a table of routes; its schemas are those that check the requests. */
import { z } from "zod";
import type { Route } from "./route.ts";
import { Problem } from "./schemas.ts";

/** Problems that any route with a token can answer. */
const COMMON = ["invalid_request", "unauthorized", "forbidden_origin", "forbidden_role", "too_large", "internal"];

export interface DocumentFacts {
  readonly version: string;
  readonly url: string;
}

export function openApiOf(routes: readonly Route[], { version, url }: DocumentFacts): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: "3.1.0",
    info: { title: "Signalbox coordinator", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: componentsOf(routes),
    },
  };
}

function operationOf(route: Route): object {
  const { method, path, summary, role, params, query, body, takesKey, answers, problems } = route;
  const responses: Record<string, object> = {};
  for (const [status, schema] of Object.entries(answers))
    responses[status] = { description: summary, ...(schema !== undefined && { content: contentOf(schema) }) };
  const codes = [...(role === undefined ? ["forbidden_origin"] : COMMON), ...problems];
  responses["default"] = {
    description: `A problem: ${[...new Set(codes)].join(", ")}.`,
    content: { "application/problem+json": { schema: refOf(Problem) } },
  };
  return {
    operationId: nameOf(method, path),
    summary,
    ...(role === undefined ? { security: [] } : { description: `Role: ${role} or above.` }),
    parameters: [
      ...parametersOf("path", params),
      ...parametersOf("query", query),
      ...(takesKey === true ? [keyParameter] : []),
    ],
    ...(body !== undefined && { requestBody: { required: true, content: contentOf(body) } }),
    responses,
  };
}

const keyParameter = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key gives the same answer, also after a restart.",
  schema: { type: "string", minLength: 1, maxLength: 200 },
};

function parametersOf(where: "path" | "query", schema: z.ZodObject | undefined): object[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...rest } = jsonSchemaOf(field as z.ZodType) as { description?: string };
    const required = where === "path" || !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: where, required, ...(description !== undefined && { description }), schema: rest };
  });
}

function contentOf(schema: z.ZodType): object {
  return { "application/json": { schema: refOf(schema) } };
}

function refOf(schema: z.ZodType): object {
  const name = schema.meta()?.id;
  return name === undefined ? jsonSchemaOf(schema) : { $ref: `#/components/schemas/${name}` };
}

/** Named schemas of all routes, those inside others too. */
function componentsOf(routes: readonly Route[]): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  const tops = [Problem, ...routes.flatMap(({ body, answers }) => [body, ...Object.values(answers)])];
  const seen = new Set<z.ZodType>();
  for (const top of tops) if (top !== undefined) register(top, registry, seen);
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, io: "input" });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, id: ___, ...schema }]) => [name, schema]),
  );
}

function register(schema: z.ZodType, registry: z.core.$ZodRegistry<{ id: string }>, seen: Set<z.ZodType>): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  const id = schema.meta()?.id;
  if (typeof id === "string") registry.add(schema, { id });
  if (schema instanceof z.ZodObject)
    for (const part of Object.values(schema.shape)) register(part as z.ZodType, registry, seen);
  if (schema instanceof z.ZodOptional) register(schema.unwrap() as z.ZodType, registry, seen);
  if (schema instanceof z.ZodArray) register(schema.element as z.ZodType, registry, seen);
}

function jsonSchemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}

/** `post /api/work-items/{id}/claim` → `post_work_items_claim`. */
function nameOf(method: string, path: string): string {
  const words = path.split("/").filter((word) => word !== "" && word !== "api" && !word.startsWith("{"));
  const one = path.endsWith("}") ? ["one"] : [];
  return [method, ...words, ...one].join("_").replaceAll(/[^a-z0-9]+/g, "_");
}
