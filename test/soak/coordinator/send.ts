/** One request of a client of a campaign, and what is known of it afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "./world.ts";

export interface Asked {
  readonly role: string;
  readonly path: string;
  /** `undefined`: a GET. */
  readonly body?: object;
  readonly key?: string;
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `undefined`: the answer was lost, and whether it was done is not known. */
export async function send(world: World, { role, path, body, key }: Asked): Promise<Reply | undefined> {
  const { url, tokens } = await world.server;
  try {
    const response = await fetch(`${url}${path}`, {
      signal: AbortSignal.timeout(20_000),
      headers: {
        authorization: `Bearer ${tokens[role]}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== undefined && { "idempotency-key": key }),
      },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const reply = { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Reply["body"]) };
    if (reply.status === 503) return lost(world);
    if (reply.status >= 500) world.faults.push(`${path} was answered with ${reply.status}: ${text}`);
    if (response.headers.get("idempotency-replayed") === "true") world.counts.repeated++;
    return reply;
  } catch (error) {
    // Refused, reset, or cut in the middle of its answer.
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException) return lost(world);
    throw error;
  }
}

/** The same until it is answered. */
export async function sendUntilAnswered(world: World, asked: Asked & { readonly key: string }): Promise<Reply> {
  for (;;) {
    const reply = await send(world, asked);
    if (reply !== undefined) return reply;
    await sleep(20);
  }
}

function lost(world: World): undefined {
  world.counts.lost++;
}
