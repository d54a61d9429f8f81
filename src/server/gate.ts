/**
 * What is let through before anything else is looked at: a web page in the user's browser, or a name that points to this
 * machine, must not reach the API (DNS rebinding, forged requests).
 *
 * G1 The Host that a request names is one of ours, exactly; a request without one, or with two, is refused.
 * G2 A request of a browser comes from one of our own pages: no Origin, or an allowed one; never `null`.
 * G3 It holds for every path alike: API, stream, MCP, board.
 */
import { ProblemError } from "./problem.ts";

export interface GateOptions {
  /** `host:port` as clients write it, lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of pages that may call, beside those of `hosts` over http. */
  readonly origins?: ReadonlySet<string>;
}

/** What of a request the gate looks at. */
export interface GateFacts {
  /** Every Host header that came. */
  readonly hosts: readonly string[];
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which browsers set and pages cannot. */
  readonly fetchSite: string | undefined;
}

const OWN_SITES: ReadonlySet<string> = new Set(["same-origin", "none"]);

/** @throws ProblemError `forbidden_origin` */
export function passGate({ hosts, origins }: GateOptions, facts: GateFacts): void {
  const host = facts.hosts[0];
  // As it came first: nearly all write it so, and each text in lower case is made anew.
  if (host === undefined || facts.hosts.length > 1 || !(hosts.has(host) || hosts.has(host.toLowerCase())))
    throw refused(`expected the Host of this server, got ${host === undefined ? "none" : "another"}`);
  if (facts.origin !== undefined && !isOwn(facts.origin.toLowerCase(), hosts, origins))
    throw refused("expected no Origin or an allowed one, got another; allow it with --origin");
  // Without an Origin a browser's navigation from elsewhere still says where it comes from.
  if (facts.origin === undefined && facts.fetchSite !== undefined && !OWN_SITES.has(facts.fetchSite))
    throw refused("expected a request of this server's own pages, got one of another site");
}

/** The facts of a request that has already become a web `Request`: for a handler inside another server. */
export function factsOf(request: Request): GateFacts {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  return {
    hosts: [host],
    origin: request.headers.get("origin") ?? undefined,
    fetchSite: request.headers.get("sec-fetch-site") ?? undefined,
  };
}

function isOwn(origin: string, hosts: ReadonlySet<string>, origins: ReadonlySet<string> | undefined): boolean {
  if (origins?.has(origin) === true) return true;
  return origin.startsWith("http://") && hosts.has(origin.slice("http://".length));
}

function refused(detail: string): ProblemError {
  return new ProblemError("forbidden_origin", detail);
}
