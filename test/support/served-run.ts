/**
 * A project of the coordinator, reached only by its requests, as the specification of a run has it: everything that may happen to a run
 * from outside is one request, and what the run is then is one answer. In one process, on virtual time, with a journal in memory.
 */
import { acceptedEvents, type RunSpec, type RunSpecEvent, type RunSpecState } from "../../machines/run-spec.ts";
import { memoryJournal } from "../../src/journal/memory-journal.ts";
import { handlerOf } from "../../src/server/app.ts";
import { routesOf } from "../../src/server/coordinator-server.ts";
import { Coordinator } from "../../src/server/coordinator.ts";
import { Doorkeeper, ROLES, type Tokens } from "../../src/server/tokens.ts";
import type { Failing } from "./claimed-run.ts";
import { definitionOf } from "./spec-plan.ts";
import { virtualEnv, type VirtualEnv } from "./virtual-env.ts";

const hosts = new Set(["coordinator.test"]);
const tokens = Object.fromEntries(ROLES.map((role, n) => [role, String(n).repeat(43)])) as unknown as Tokens;
const LEASE_MS = 86_400_000;

interface Reply {
  readonly status: number;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** What can happen to a project: it never ends, so nothing is taken back, and nobody cancels all of it. */
export type ServedEvent = Extract<
  RunSpecEvent,
  { readonly type: "claim" | "complete" | "fail" | "release" | "cancelItem" | "retryItem" }
>;

export class ServedRun {
  readonly #spec: RunSpec;
  readonly #env: VirtualEnv = virtualEnv();
  readonly #coordinator: Coordinator;
  readonly #handle: (request: Request) => Promise<Response>;
  readonly #claims = new Map<number, number>();
  readonly problems: Error[] = [];
  #project = "";

  constructor(spec: RunSpec) {
    this.#spec = spec;
    const onProblem = (problem: Error): void => void this.problems.push(problem);
    this.#coordinator = new Coordinator({
      openJournal: async () => memoryJournal(),
      env: this.#env,
      defaultName: "default",
      onProblem,
    });
    const routes = routesOf(this.#coordinator, { version: "0.0.0", hosts });
    this.#handle = handlerOf({ routes, gate: { hosts }, doorkeeper: new Doorkeeper(tokens), onProblem });
  }

  async start(): Promise<void> {
    await this.#coordinator.open();
    const { liveItemsMax, needs } = this.#spec;
    const made = await this.#post("/api/projects", { name: "spec", live_items_max: liveItemsMax });
    this.#project = made.body.id;
    const outside = { ...this.#spec, unclaimed: needs.map((_, item) => item) };
    const { tasks } = definitionOf(
      outside,
      needs.map(() => 1_000_000_000),
    );
    const loaded = await this.#post(`/api/projects/${this.#project}/plans`, { tasks });
    if (loaded.status !== 201) throw new Error(JSON.stringify(loaded.body));
  }

  /** Has it happen. @throws Error when the coordinator refuses what the specification allows */
  async take(event: ServedEvent, failing: Failing): Promise<void> {
    const { status, body } = await this.#ask(event, failing);
    if (status !== 200)
      throw new Error(`the specification allows ${JSON.stringify(event)}, got ${body.code}: ${body.detail}`);
    await this.#env.settle();
  }

  /** The state of each item, in the order of the specification. */
  async told(): Promise<unknown> {
    const { body } = await this.#send(`/api/projects/${this.#project}/snapshot`);
    const states = new Map((body.items as { key: string; status: string }[]).map(({ key, status }) => [key, status]));
    return this.#spec.needs.map((_, item) => states.get(`t${item}`));
  }

  /** Tries what the specification refuses in this state; answers what the coordinator took, or refused as a fault of its own. */
  async takesWrongly(state: RunSpecState): Promise<string[]> {
    const right = new Set(acceptedEvents(this.#spec, state).map((event) => JSON.stringify(event)));
    const taken: string[] = [];
    const tried = async (what: string, item: number, verb: string, body: object): Promise<void> => {
      const { status } = await this.#post(`/api/work-items/${this.#idOf(item)}/${verb}`, body);
      if (status < 400 || status >= 500) taken.push(`${what} ${item}: ${status}`);
    };
    for (let item = 0; item < this.#spec.needs.length; item++) {
      const { status } = state.items[item]!;
      if (!right.has(JSON.stringify({ type: "claim", item })))
        await tried("claim", item, "claim", { agent_id: "wrong" });
      const held = this.#claims.get(item);
      const report = { result_summary: "late", files_modified: [] };
      if (held !== undefined && status === "todo")
        await tried("late report", item, "complete", { ...report, fencing_token: held });
      if (status !== "done") await tried("made-up token", item, "complete", { ...report, fencing_token: 987_654 });
      if (status !== "failed") await tried("requeue", item, "requeue", {});
    }
    return taken;
  }

  async close(): Promise<void> {
    await this.#coordinator.close();
  }

  async #ask(event: ServedEvent, failing: Failing): Promise<Reply> {
    const { item } = event;
    const path = `/api/work-items/${this.#idOf(item)}`;
    const fencing_token = this.#claims.get(item);
    switch (event.type) {
      case "claim": {
        const claim = await this.#post(`${path}/claim`, { agent_id: "test", lease_ms: LEASE_MS });
        if (claim.status === 200) this.#claims.set(item, claim.body.fencing_token as number);
        return claim;
      }
      case "complete":
        return this.#post(`${path}/complete`, {
          fencing_token,
          result_summary: "done",
          files_modified: [],
          output: `t${item}`,
        });
      case "release":
        return this.#post(`${path}/release`, { fencing_token });
      case "cancelItem":
        return this.#post(`${path}/cancel`, {});
      case "retryItem":
        return this.#post(`${path}/requeue`, {});
      case "fail":
        break;
    }
    if (event.retryable && failing === "lease") {
      const beat = await this.#post(`${path}/heartbeat`, { fencing_token, lease_ms: 1_000 });
      await this.#env.advance(1_000);
      return beat;
    }
    return this.#post(`${path}/fail`, { fencing_token, failure_reason: "no", retryable: event.retryable });
  }

  /** Items of the other project have other keys in none of these plans, so the id is what names one for sure. */
  #idOf(item: number): string {
    const project = this.#coordinator.project(this.#project);
    return project.idOf(project.numberOf(`t${item}`)!);
  }

  #post(path: string, body: object): Promise<Reply> {
    return this.#send(path, body);
  }

  async #send(path: string, body?: object): Promise<Reply> {
    const request = new Request(`http://coordinator.test${path}`, {
      headers: { authorization: `Bearer ${tokens.admin}`, "content-type": "application/json" },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    const response = await this.#handle(request);
    return { status: response.status, body: await response.json() };
  }
}
