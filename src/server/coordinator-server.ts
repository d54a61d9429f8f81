/** Everything of a coordinator put together: the projects of a state directory behind a fetch handler. */
import type { Env } from "../base/env.ts";
import { NO_LOG, type Log } from "../base/log.ts";
import type { Run } from "../engine/run.ts";
import type { Journal } from "../journal/journal.ts";
import { sqliteJournal } from "../journal/sqlite-journal.ts";
import type { Tracer } from "../base/tracer.ts";
import { handlerOf, type Endpoint, type FactsOf } from "./app.ts";
import { Backups } from "./backups.ts";
import { boardFolder, boardPages, type Pages } from "./board-pages.ts";
import { Coordinator } from "./coordinator.ts";
import type { GateOptions } from "./gate.ts";
import { inspectSockets, withInspection, type Inspection } from "./inspect-door.ts";
import type { Upgrades } from "./listen.ts";
import { plainLane, type PlainLane } from "./plain-lane.ts";
import type { Outputs } from "./outputs.ts";
import { keepRetention, type AuditRetention } from "./retention.ts";
import type { Route } from "./route.ts";
import { backupRoutes } from "./routes/backups.ts";
import { claimRoutes } from "./routes/claims.ts";
import { itemRoutes } from "./routes/items.ts";
import { outputRoutes } from "./routes/outputs.ts";
import { projectRoutes } from "./routes/projects.ts";
import { systemRoutes, type ServerFacts } from "./routes/system.ts";
import { tracedRoutes } from "./traced-routes.ts";
import { Doorkeeper, ensureTokens, type Tokens } from "./tokens.ts";

export interface CoordinatorServerOptions {
  /** Where projects and tokens are kept; made when it is not there. */
  readonly stateDir: string;
  readonly env: Env;
  /** `host:port` under which clients reach it; a request that names another one is refused. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of pages that may call, beside its own. */
  readonly origins?: ReadonlySet<string>;
  /** Name of the project that is made when there is none. Default `default`. */
  readonly projectName?: string;
  readonly version: string;
  /** Folder of the built board that is served at `/`; `false` serves none. Default: the one in this package. */
  readonly board?: string | false;
  readonly onProblem: (problem: Error) => void;
  /** Told of what happens: items and projects at `debug`, requests too when it listens itself. Default: nobody. */
  readonly log?: Log;
  /** Told of the run of each project when it begins; what it answers is called when that run has ended here. */
  readonly onRun?: (run: Run) => () => void;
  /** Shows the actors of its runs at `/inspect` (`mountInspection` of `signalbox/inspect`); it is closed with the server. Default: nothing does. */
  readonly inspection?: Inspection;
  /**
   * Gets a span for each attempt and for each request that reaches its route: `trace.getTracer(…)` of OpenTelemetry, or anything of its
   * shape. Default: nobody is told.
   */
  readonly tracer?: Tracer;
  /** Folder for the copies that an admin asks for (`POST /api/backups`); made when it is not there. Default: none, and no copies. */
  readonly backupDir?: string;
  /** Removes old entries of audit logs. Default: they all stay. */
  readonly retention?: AuditRetention;
  /** Opens the journal; called again after it has failed. Default: the one of the state directory. */
  readonly openJournal?: () => Promise<Journal>;
}

export interface CoordinatorServer {
  /** Answers a web request; mounts in any server that has them. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Answers a request of Node's own server as `fetch` would, in a fraction of the time; `false`: give it to `fetch`. */
  readonly lane: PlainLane;
  /** Connections of Node's own server that ask to be WebSockets, for `/inspect`. */
  readonly upgrades: Upgrades | undefined;
  readonly coordinator: Coordinator;
  readonly tokens: Tokens;
  /** Stops: what is claimed stays claimed, for the next start. */
  close(): Promise<void>;
}

/**
 * Opens the state directory for this process, and goes on with its projects.
 * @throws SignalboxError `state_unwritable`, StateInUseError, JournalCorruptError, JournalUnavailableError
 */
export async function openCoordinator(options: CoordinatorServerOptions, facts?: FactsOf): Promise<CoordinatorServer> {
  const { stateDir, env, hosts, origins, onProblem, version, projectName = "default", board = boardFolder() } = options;
  const {
    log = NO_LOG,
    inspection,
    retention,
    tracer,
    backupDir,
    openJournal = () => sqliteJournal({ directory: stateDir, env }),
  } = options;
  const coordinator = new Coordinator({
    openJournal,
    env,
    defaultName: projectName,
    onProblem,
    log,
    onRun: (run) => tellOf(run, options),
    ...(tracer !== undefined && { tracer }),
  });
  await coordinator.open();
  try {
    const tokens = ensureTokens(stateDir);
    const backups =
      backupDir === undefined ? undefined : new Backups({ directory: stateDir, folder: backupDir, env, onProblem });
    const whole = routesOf(coordinator, { version, hosts, inspect: inspection !== undefined, backups });
    const routes = tracedRoutes(whole, tracer, onProblem);
    const gate = { hosts, ...(origins !== undefined && { origins }) };
    const parts = { routes, endpoints: [mcpAt(version)], gate, doorkeeper: new Doorkeeper(tokens), onProblem };
    const { pages, upgrades } = pagesOf(board === false ? undefined : boardPages(board), inspection, parts);
    const fetch = handlerOf({ ...parts, ...(pages !== undefined && { pages }) }, facts);
    const endRetention =
      retention === undefined ? async () => {} : keepRetention({ coordinator, env, retention, log, onProblem });
    const close = async (): Promise<void> => {
      await inspection?.close();
      await backups?.close();
      await endRetention();
      await coordinator.close();
    };
    return { fetch, lane: plainLane(parts), upgrades, coordinator, tokens, close };
  } catch (error) {
    await coordinator.close();
    throw error;
  }
}

function tellOf(run: Run, { onRun, inspection }: CoordinatorServerOptions): () => void {
  const ends = [onRun?.(run), inspection?.watch(run)];
  return () => ends.forEach((end) => end?.());
}

/** What a browser gets beside the interface, and who may speak in another way than by requests. */
export function pagesOf(
  board: Pages | undefined,
  inspection: Inspection | undefined,
  { gate, doorkeeper }: { readonly gate: GateOptions; readonly doorkeeper: Doorkeeper },
): { readonly pages: Pages | undefined; readonly upgrades: Upgrades | undefined } {
  if (inspection === undefined) return { pages: board, upgrades: undefined };
  return { pages: withInspection(inspection, board), upgrades: inspectSockets(inspection, gate, doorkeeper) };
}

/** MCP, read in when the first client comes. */
function mcpAt(version: string): Endpoint {
  let handler: Promise<(request: Request) => Promise<Response>> | undefined;
  return {
    path: "/mcp",
    role: "read",
    handle: async (request, call) => {
      handler ??= import("./mcp/http.ts").then(({ mcpHandler }) => mcpHandler(version, call));
      return (await handler)(request);
    },
  };
}

export interface RoutesParts {
  readonly version: string;
  readonly hosts: ReadonlySet<string>;
  /** What commands print that run in this process. Default: none do. */
  readonly outputs?: Outputs | undefined;
  /** Whether the actors are shown at `/inspect`. Default: no. */
  readonly inspect?: boolean;
  /** Makes copies of the state. Default: nobody does. */
  readonly backups?: Backups | undefined;
}

/** All routes, with the document that tells of them. */
export function routesOf(
  coordinator: Coordinator,
  { version, hosts, outputs, inspect = false, backups }: RoutesParts,
): readonly Route[] {
  // `claim-next` is no id: the routes with fixed words come first.
  const api = [
    ...claimRoutes(coordinator),
    ...itemRoutes(coordinator),
    ...projectRoutes(coordinator),
    ...outputRoutes(coordinator, outputs),
    ...backupRoutes(backups),
  ];
  // Asked when the document is: the port is known only when the server listens.
  const facts = (): ServerFacts => {
    const [host = "127.0.0.1"] = hosts;
    return { version, url: `http://${host}`, inspect };
  };
  return [...api, ...systemRoutes(api, facts, () => coordinator.isJournalDown)];
}
