/**
 * Requests for a new project that may come again. What a project is asked for with stands in its own record: it is durable with the
 * project, for as long as there is one.
 *
 * P1 The same key makes one project, also when it comes twice at once, and after a restart; with another request it is refused.
 */
import type { RequestKey } from "../engine/turn.ts";
import { ProblemError } from "./problem.ts";
import type { Project } from "./project.ts";

export interface MadeProject {
  readonly project: Project;
  readonly isRepeated: boolean;
}

export class ProjectRequests {
  readonly #underWay = new Map<string, Promise<Project>>();

  /** @throws ProblemError `idempotency_key_reused`, and what `make` throws */
  async once(
    request: RequestKey | undefined,
    all: () => readonly Project[],
    make: () => Promise<Project>,
  ): Promise<MadeProject> {
    if (request === undefined) return { project: await make(), isRepeated: false };
    const { key, fingerprint } = request;
    for (let first = this.#underWay.get(key); first !== undefined; first = this.#underWay.get(key))
      await first.catch(() => {});
    // From here to the entry in `#underWay` nothing may wait: another one would come between.
    const known = all().find(({ settings }) => settings.request?.key === key);
    if (known !== undefined) {
      if (known.settings.request?.fingerprint === fingerprint) return { project: known, isRepeated: true };
      throw new ProblemError(
        "idempotency_key_reused",
        `expected a new key for a new request, got ${JSON.stringify(key)}, which was used for another one`,
      );
    }
    const underWay = make();
    this.#underWay.set(key, underWay);
    try {
      return { project: await underWay, isRepeated: false };
    } finally {
      this.#underWay.delete(key);
    }
  }
}
