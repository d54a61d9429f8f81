import { spawnSync } from "node:child_process";

export interface Outcome {
  readonly command: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end without a shell, for at most two minutes. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: "utf8",
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { command: [program, ...args].join(" "), code: status, stdout, stderr: `${stderr}${error?.message ?? ""}` };
}

/** npm, by the file that started this script where there is one. */
export function npm(args: readonly string[], cwd: string): Outcome {
  const script = process.env["npm_execpath"];
  const env = { ...withoutNpmSettings(), npm_config_audit: "false", npm_config_fund: "false" };
  if (script !== undefined) return run(process.execPath, [script, ...args], cwd, env);
  return run("npm", args, cwd, env);
}

/** An npm script hands its own settings and folder down; an npm in another project must not see them. */
export function withoutNpmSettings(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|command)|INIT_CWD)/.test(name),
  );
  return Object.fromEntries(kept);
}
