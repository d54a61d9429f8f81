import { planSchema } from "../../plan/schema.ts";
import type { Io } from "../io.ts";
import { jsonDocument } from "../wire.ts";

/** Prints the JSON Schema of plan files, for an editor. */
export async function schemaCommand(io: Io): Promise<number> {
  io.stdout.write(jsonDocument(planSchema()));
  return 0;
}
