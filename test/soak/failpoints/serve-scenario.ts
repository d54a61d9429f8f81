/**
 * A coordinator, one client that asks for one thing after the other, with a key each, until it is answered, and something that happens
 * at a failpoint of the server. What was answered must be in the journal, nothing may be done twice, and every item comes to its end.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeEnv } from "../../../src/base/node-env.ts";
import { foldAudit } from "../../../src/journal/fold.ts";
import { openJournalReader } from "../../../src/journal/sqlite-reader.ts";
import { makeFolder } from "../../e2e/support/cli.ts";
import { live, wasHit, type Life } from "./life.ts";
import type { Cell } from "./table.ts";

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Said {
  readonly item: string;
  readonly status: unknown;
  readonly seq: number;
}

const REPORTS = {
  complete: { result_summary: "ok", files_modified: [] },
  fail: { failure_reason: "no", retryable: true },
  release: {},
} as const;
const ITEMS = ["a", "b", "c"];
const TRIES_MAX = 400;

/** What did not hold, in words. */
export async function serveTrial(cell: Cell): Promise<string[]> {
  const folder = makeFolder();
  const client = new Client(folder, cell);
  const faults: string[] = [];
  try {
    for (const key of ITEMS) await client.ask("plan", "/api/work-items", { key, title: key, attempts_max: 5 });
    await client.work("a", "complete");
    await client.work("b", "fail");
    await client.work("b", "complete");
    await client.work("c", "release");
    await client.ask("plan", "/api/work-items/c/cancel", {});
    faults.push(...(await client.stop()));
    faults.push(...(await journalFaults(join(folder, ".signalbox"), client.said)));
    if (!wasHit(folder)) faults.push("the process never came to it");
  } catch (error) {
    faults.push(`the client gave up: ${String(error)}`);
  }
  await client.end();
  if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
  return faults.map((fault) => `${fault} (left in ${folder})`);
}

class Client {
  /** What the answers said, in order. */
  readonly said: Said[] = [];
  readonly #folder: string;
  readonly #cell: Cell;
  #life: Life | undefined;
  #isOver = false;

  constructor(folder: string, cell: Cell) {
    this.#folder = folder;
    this.#cell = cell;
  }

  /** Claims an item and ends the claim so; a claim that was lost in between is begun anew, as a worker would. */
  async work(item: string, end: keyof typeof REPORTS): Promise<void> {
    for (let claim = 0; claim < 20; claim++) {
      const claimed = await this.ask("worker", `/api/work-items/${item}/claim`, { agent_id: "ada", lease_ms: 1_000 });
      // Its last claim has not ended yet.
      if (claimed.status === 409) {
        await sleep(300);
        continue;
      }
      const { fencing_token } = claimed.body;
      const ended = await this.ask("worker", `/api/work-items/${item}/${end}`, { fencing_token, ...REPORTS[end] });
      if (ended.status < 300) return;
      if (ended.status !== 409) throw new Error(`${end} of ${item}: ${JSON.stringify(ended)}`);
    }
    throw new Error(`${item} could not be claimed`);
  }

  /** Asks until it is answered, by this server or by the next; an answer that tells of an error of the server is none. */
  async ask(role: string, path: string, body: object): Promise<Reply> {
    const key = randomUUID();
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const reply = await this.#once(role, path, body, key);
      if (reply === undefined || reply.status >= 500) {
        await sleep(25);
        continue;
      }
      if (reply.status === 400 || reply.status === 401 || reply.status === 404) throw new Error(JSON.stringify(reply));
      this.#note(reply);
      return reply;
    }
    throw new Error(`${path} was never answered: ${this.#life?.stderr() ?? ""}`);
  }

  #note({ status, body }: Reply): void {
    const item = (body["item"] ?? body) as Reply["body"];
    if (status >= 300 || typeof item["key"] !== "string") return;
    this.said.push({ item: item["key"], status: item["status"], seq: Number(item["seq"]) });
  }

  async #once(role: string, path: string, body: object, key: string): Promise<Reply | undefined> {
    const door = await this.#door();
    if (door === undefined) return undefined;
    try {
      const response = await fetch(`${door.url}${path}`, {
        method: "POST",
        signal: AbortSignal.timeout(5_000),
        headers: {
          authorization: `Bearer ${door.tokens[role]}`,
          "content-type": "application/json",
          "idempotency-key": key,
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Reply["body"] };
    } catch {
      return undefined;
    }
  }

  /** Where the server is; the first one is armed, and one that has ended is followed by another. */
  async #door(): Promise<{ readonly url: string; readonly tokens: Record<string, string> } | undefined> {
    if (this.#life === undefined || this.#isOver) this.#begin();
    try {
      await this.#life!.printed("\n");
      const state = join(this.#folder, ".signalbox");
      const { url } = JSON.parse(this.#life!.stdout().split("\n")[0]!) as { url: string };
      return {
        url,
        tokens: JSON.parse(readFileSync(join(state, "server-tokens.json"), "utf8")) as Record<string, string>,
      };
    } catch {
      return undefined;
    }
  }

  #begin(): void {
    const words = ["serve", "--json", "--port", "0", "--state-dir", join(this.#folder, ".signalbox")];
    const life = live(words, this.#folder, wasHit(this.#folder) ? undefined : this.#cell);
    this.#life = life;
    this.#isOver = false;
    void life.over.then(() => (this.#isOver = this.#life === life));
  }

  /** Ends the server in order; once more when something happened to it just then. The last one has to end with 0 and leave nothing. */
  async stop(): Promise<string[]> {
    for (;;) {
      if (this.#isOver) this.#begin();
      const wasHitBefore = wasHit(this.#folder);
      await this.#life!.printed("\n").catch(() => {});
      this.#life!.child.kill("SIGTERM");
      const { code, signal, hung, stderr } = await this.#life!.over;
      if (hung) return ["the server hung"];
      if (!wasHitBefore && wasHit(this.#folder)) {
        this.#begin();
        continue;
      }
      if (code !== 0) return [`the server ended with ${code ?? signal}: ${stderr}`];
      const names = readdirSync(join(this.#folder, ".signalbox"));
      const left = names.filter((name) => /run\.lock\.json|^server\.json$/.test(name));
      return left.map((name) => `${name} is left in the state directory`);
    }
  }

  async end(): Promise<void> {
    this.#life?.child.kill("SIGKILL");
    await this.#life?.over;
  }
}

/** Everything that was answered is there; the state is the fold of the log; each item has come to its end, and is done once. */
async function journalFaults(state: string, said: readonly Said[]): Promise<string[]> {
  if (!existsSync(join(state, "signalbox.db"))) return ["there is no journal"];
  const reader = openJournalReader({ directory: state, env: nodeEnv() });
  try {
    const [run] = await reader.runs();
    const entries = await reader.audit(run!.id, { limit: 100_000 });
    const { items } = await reader.read(run!.id);
    const faults = said
      .filter(({ seq, status }) => entries[seq - 1]?.to !== status)
      .map((each) => `answered and not stored: ${JSON.stringify(each)}`);
    if (said.length < 8) faults.push(`only ${said.length} answers were looked at`);
    if (JSON.stringify(foldAudit(entries).items) !== JSON.stringify(items))
      faults.push("its items are not what its log comes to");
    const ends = items.map(({ status }) => status).join();
    if (ends !== "done,done,cancelled") faults.push(`the items came to ${ends}`);
    for (const item of [0, 1])
      if (entries.filter((entry) => entry.item === item && entry.from !== entry.to && entry.to === "done").length !== 1)
        faults.push(`item ${item} was not done once`);
    return faults;
  } catch (error) {
    return [`the journal cannot be read: ${String(error)}`];
  } finally {
    await reader.close();
  }
}
