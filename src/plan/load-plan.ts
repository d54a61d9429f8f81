import { basename, extname, resolve } from "node:path";
import { UsageError } from "../base/errors.ts";
import { checkDefinition, errorOf } from "./check-plan.ts";
import type { PlanSource } from "./check/draft.ts";
import { Findings } from "./check/findings.ts";
import { readPlainYaml } from "./text/plain-yaml.ts";
import { readJson } from "./text/json-file.ts";
import { loadModule } from "./text/module-file.ts";
import { printable } from "./check/names.ts";
import { locate } from "./text/places.ts";
import type { Plan } from "./plan.ts";
import { PlanInvalidError } from "./problems.ts";
import { readPlanText } from "./text/text-file.ts";
import type { TextReading } from "./text/text-reading.ts";
import { rememberUnsupported, unsupportedFindings } from "./unsupported.ts";

type Format = "yaml" | "json" | "module";

const FORMATS: Readonly<Record<string, Format>> = {
  ".yaml": "yaml",
  ".yml": "yaml",
  ".json": "json",
  ".ts": "module",
  ".mts": "module",
  ".mjs": "module",
  ".js": "module",
};

/**
 * Reads a plan file: YAML, JSON, or a module whose default export is a plan. A relative path counts from the current folder.
 * A plan without a name gets the file's name without its ending.
 * @throws UsageError (`invalid_usage`) when there is no such file or it is of no known kind; PlanInvalidError (`invalid_plan`),
 * PlanCycleError (`plan_cycle`), PlanEmptyError (`plan_empty`) with every problem of the plan and where it stands.
 */
export async function loadPlan(file: string): Promise<Plan> {
  const path = resolve(file);
  const text = await readPlanText(path, file);
  const ending = extname(path);
  const format = Object.hasOwn(FORMATS, ending) ? FORMATS[ending]! : undefined;
  if (format === undefined) {
    throw new UsageError(
      `expected a plan file ending in ${Object.keys(FORMATS).join(", ")}, got ${printable(file)}; rename it or name another`,
    );
  }
  const source = { name: basename(path, ending), file: path, fromCode: format === "module" };
  return format === "module" ? loadModule(path, file, source) : planOfText(text, format, source, file);
}

/**
 * Reads a plan from the text of a plan file. `shown` is the file's name as messages say it.
 * @throws as `loadPlan`.
 */
export async function planOfText(
  text: string,
  format: "yaml" | "json",
  source: PlanSource,
  shown: string,
): Promise<Plan> {
  const quick = format === "yaml" ? plainPlan(text, source) : undefined;
  if (quick !== undefined) return quick;
  const reading = await read(text, format);
  if (reading.broken) throw new PlanInvalidError(locate(reading.findings, text, shown, reading.find));
  const result = checkDefinition(reading.value, source, reading.findings);
  if ("refusal" in result) throw errorOf(result.refusal, locate(result.refusal.findings, text, shown, reading.find));
  const unsupported = unsupportedFindings(result.plan);
  if (unsupported.total > 0) rememberUnsupported(result.plan, locate(unsupported, text, shown, reading.find));
  return result.plan;
}

/** The plan of a simple YAML text about which there is nothing to say; `undefined` leaves text and words to the full parser. */
function plainPlan(text: string, source: PlanSource): Plan | undefined {
  const plain = readPlainYaml(text);
  if (plain === undefined) return undefined;
  const result = checkDefinition(plain.value, source);
  return "plan" in result && unsupportedFindings(result.plan).total === 0 ? result.plan : undefined;
}

async function read(text: string, format: "yaml" | "json"): Promise<TextReading> {
  if (text.trim() === "")
    return { value: null, findings: new Findings(), broken: false, find: (places) => places.map(() => 0) };
  if (format === "json") return readJson(text);
  // Loaded when it is needed: a plan in JSON, in code or in simple YAML never pays for it.
  const { readYaml } = await import("./text/yaml-file.ts");
  return readYaml(text);
}
