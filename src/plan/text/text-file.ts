import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { systemCode } from "../../base/error-code.ts";
import { UsageError } from "../../base/errors.ts";
import { adviceIfExhausted } from "../../base/exhausted.ts";
import { LIMITS } from "../../base/limits.ts";
import { Findings, problemOf } from "../check/findings.ts";
import { printable } from "../check/names.ts";
import { PlanInvalidError } from "../problems.ts";

/**
 * The text of a plan file, without a byte order mark. `shown` is its name as messages say it.
 * @throws UsageError (`invalid_usage`) when there is no such file; PlanInvalidError (`invalid_plan`) when it is no text or too big.
 */
export async function readPlanText(path: string, shown: string): Promise<string> {
  const size = await sizeOf(path, shown);
  const max = path.endsWith(".json") ? LIMITS.planFileBytesMax : LIMITS.yamlFileBytesMax;
  if (size > max)
    refuse(
      shown,
      `at most ${max} bytes`,
      `${size}`,
      path.endsWith(".json") ? "split the plan" : "write it as JSON, which is read much faster, or split it",
    );
  const bytes = await attempt(() => readFile(path), shown);
  if (bytes.includes(0) || !isUtf8(bytes))
    refuse(shown, "text in UTF-8", "other bytes", "save it as UTF-8, or name the right file");
  return bytes.toString("utf8").replace(/^\ufeff/, "");
}

async function sizeOf(path: string, shown: string): Promise<number> {
  const found = await attempt(() => stat(path), shown);
  if (found.isDirectory())
    throw new UsageError(`expected a plan file, got the directory ${printable(shown)}; name a file in it`);
  if (!found.isFile())
    throw new UsageError(`expected a plan file, got ${printable(shown)}, which is no regular file; name a file`);
  return found.size;
}

async function attempt<T>(read: () => Promise<T>, shown: string): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = systemCode(cause) ?? "";
    const missing = code === "ENOENT" || code === "ENOTDIR";
    const got = missing ? "nothing" : `the error ${code}`;
    const advice = adviceIfExhausted(cause);
    const fix = missing ? "check the path" : "check its permissions";
    throw new UsageError(
      `expected a plan file, got ${got} at ${printable(shown)}${advice === undefined ? `; ${fix}` : `. ${advice}`}`,
      { cause },
    );
  }
}

function refuse(file: string, expected: string, got: string, fix: string): never {
  const findings = new Findings();
  findings.add(expected, got, fix);
  throw new PlanInvalidError({ problems: findings.kept.map((finding) => problemOf(finding, { file })), total: 1 });
}
