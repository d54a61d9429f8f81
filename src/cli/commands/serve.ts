import { resolve } from "node:path";
import { makeLog, type LogFacts, type LogFormat, type LogLevel } from "../../base/log.ts";
import { harmless } from "../../base/harmless.ts";
import type { AuditRetention } from "../../server/retention.ts";
import { serve, type ServedCoordinator } from "../../server/serve.ts";
import { tokensFile } from "../../server/tokens.ts";
import { inspectionOfBoard, openInspection } from "../inspect-host.ts";
import type { Command, Io, StopSignal } from "../io.ts";
import { UsageError } from "../../base/errors.ts";
import { exportFolderOf } from "../export-folder.ts";
import { STATE_DIR_NAME } from "../../base/nearest-state-dir.ts";
import { refuseForeignDir } from "../state-dir.ts";
import { versionOfPackage } from "../version.ts";
import { jsonLine } from "../wire.ts";

export interface ServeCommandOptions {
  readonly port?: number;
  readonly host?: string;
  /** Origins of pages that may call. */
  readonly origin?: readonly string[];
  /** Default `info`. */
  readonly logLevel?: LogLevel;
  /** Default `text`. */
  readonly logFormat?: LogFormat;
  /** Folder for backups. */
  readonly backupDir?: string;
  readonly json?: boolean;
  readonly stateDir?: string;
  /** Milliseconds after which audit entries go. Default: they stay. */
  readonly auditRetention?: number;
  /** Folder for what goes, or `false` for none. Default: `exported` in the state directory. */
  readonly auditExport?: string | boolean;
  /** Port of the page that shows the actors. */
  readonly inspect?: number;
}

const EXITS: Readonly<Record<StopSignal, number>> = { SIGINT: 0, SIGTERM: 0, SIGHUP: 0 };

/** Serves the projects of a state directory until it is told to stop; what is claimed stays claimed. */
export const serveCommand: Command<ServeCommandOptions> = async (io, options) => {
  const stateDir = resolve(io.cwd, options.stateDir ?? STATE_DIR_NAME);
  refuseForeignDir(stateDir);
  const log = makeLog({
    level: options.logLevel ?? "info",
    format: options.logFormat ?? "text",
    write: (line) => io.stderr.write(line),
    now: () => io.env.clock.now(),
  });
  const origins = new Set(options.origin ?? []);
  const inspection = options.inspect === undefined ? undefined : await openInspection(io.env, options.inspect);
  const serving = serve({
    stateDir,
    env: io.env,
    version: versionOfPackage(),
    onProblem: (problem) => log.write("error", "problem", factsOf(problem)),
    log,
    inspection: await inspectionOfBoard(io.env),
    ...(inspection !== undefined && { onRun: (run) => inspection.watch(run) }),
    ...retentionOf(io, options, stateDir),
    ...(options.port !== undefined && { port: options.port }),
    ...(options.host !== undefined && { host: options.host }),
    ...(origins.size > 0 && { origins }),
    ...(options.backupDir !== undefined && { backupDir: resolve(io.cwd, options.backupDir) }),
  });
  const server = await serving.catch(async (error: unknown) => {
    await inspection?.stop();
    throw error;
  });
  // Whoever reads that it serves may stop it from then on.
  const stopped = stopSignal(io);
  tell(io, server, stateDir, options.json === true);
  log.write("info", "serving", { url: server.url, pid: process.pid, projects: server.coordinator.all().length });
  if (inspection !== undefined) io.stderr.write(`Its actors are shown at ${inspection.url}\n`);
  const signal = await stopped;
  log.write("info", "stopping", { by: signal, meaning: "nothing new is taken; what is claimed stays claimed" });
  await inspection?.stop();
  await server.close();
  log.write("info", "stopped");
  return EXITS[signal];
};

function retentionOf(
  io: Io,
  { auditRetention: keepMs, auditExport }: ServeCommandOptions,
  stateDir: string,
): { readonly retention?: AuditRetention } {
  if (keepMs === undefined) {
    if (auditExport === undefined || auditExport === true) return {};
    throw new UsageError(
      "expected --audit-retention beside --audit-export or --no-audit-export: without it nothing is removed; say how old entries may become",
    );
  }
  return { retention: { keepMs, exportTo: exportFolderOf(io, auditExport, stateDir) } };
}

function factsOf(problem: Error): LogFacts {
  const code = "code" in problem && typeof problem.code === "string" ? problem.code : "internal";
  return { code, message: problem.message, ...(code === "internal" && { stack: problem.stack }) };
}

function tell(io: Io, { url, coordinator, tokens }: ServedCoordinator, stateDir: string, json: boolean): void {
  const projects = coordinator.all();
  if (json) {
    const facts = {
      event: "serving",
      url,
      state_dir: stateDir,
      projects: projects.map(({ id, settings }) => ({ id, name: settings.name })),
    };
    io.stdout.write(jsonLine(facts));
    return;
  }
  const lines = [
    `Serving ${projects.length === 1 ? "1 project" : `${projects.length} projects`} on ${url}`,
    ...projects.map(({ id, settings }) => `  ${id}  ${harmless(settings.name)}`),
    // Only a person at a terminal gets a token with the address: what is written elsewhere stays somewhere.
    io.stdout.isTerminal ? `The board: ${url}/#token=${tokens.plan}` : `The board: ${url}/ (it asks for a token)`,
    `Tokens, by role, are in ${tokensFile(stateDir)}; the interface is described at ${url}/openapi.json.`,
    "Ctrl-C stops; what is claimed stays claimed.",
  ];
  io.stdout.write(`${lines.join("\n")}\n`);
}

function stopSignal(io: Io): Promise<StopSignal> {
  return new Promise((done) => {
    const off = io.onSignal((signal) => {
      off();
      done(signal);
    });
  });
}
