import type { z } from "zod";
import { ProblemError } from "./problem.ts";

/** What a schema makes of a value. @throws ProblemError `invalid_request` that says where it is not as expected */
export function checked(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 20).map((issue) => ({
    path: `/${issue.path.map((step) => String(step).slice(0, 128)).join("/")}`,
    message: issue.message.slice(0, 300),
  }));
  const first = errors[0];
  throw new ProblemError("invalid_request", `${where}${first?.path ?? ""}: ${first?.message ?? "not as expected"}`, {
    members: { errors },
  });
}
