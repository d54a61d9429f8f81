import { itemIdOf } from "../base/item-ids.ts";
import type { Json } from "../base/json.ts";
import type { AttemptRequest, Work } from "../executors/executor.ts";
import { inputsOf } from "./inputs.ts";
import type { RunCore } from "./run-core.ts";
import { noted } from "./worktrees.ts";

/** An attempt as its executor sees it. Made a hundred thousand times a second: what is seldom asked for is made when asked for. */
export class LocalAttempt implements AttemptRequest {
  readonly #core: RunCore;
  readonly #item: number;
  readonly attempt: number;
  readonly token: number;
  readonly task: Work;
  readonly item: string;

  constructor(core: RunCore, item: number, token: number) {
    const task = core.parts.plan.taskOf(item)!;
    this.#core = core;
    this.#item = item;
    this.attempt = core.parts.table.attempt[item]!;
    this.token = token;
    this.task = task;
    this.item = task.key;
  }

  get runId(): string {
    return this.#core.parts.runId;
  }

  get itemId(): string {
    return itemIdOf(this.#core.parts.runId, this.#item);
  }

  note(event: string, data: Json): Promise<void> {
    return noted(this.#core, this.#item, event, data);
  }

  inputs(): Readonly<Record<string, Json>> {
    return inputsOf(this.#core, this.#item);
  }
}
