import type { StartRequest } from "./runner-protocol.ts";

export interface RequestHandler {
  environment(environment: Readonly<Record<string, string>>): void;
  start(request: StartRequest): void;
  end(id: number, graceMs: number): void;
}

/** Takes requests apart as they arrive, in pieces of any size (`runner-protocol.ts`). */
export class RequestReader {
  readonly #handler: RequestHandler;
  #pending: Buffer = Buffer.alloc(0);

  constructor(handler: RequestHandler) {
    this.#handler = handler;
  }

  take(piece: Buffer): void {
    const data = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece]);
    let at = 0;
    for (let end = data.indexOf(10, at); end !== -1; end = data.indexOf(10, at)) {
      const [kind, id, number] = data.toString("latin1", at, end).split(" ");
      const bytes = kind === "K" ? 0 : Number(number);
      if (data.length < end + 1 + bytes) break;
      const fields = data.toString("utf8", end + 1, end + 1 + bytes).split("\0");
      if (kind === "K") this.#handler.end(Number(id), Number(number));
      else if (kind === "E") this.#handler.environment(variablesOf(fields));
      else this.#handler.start(startRequestOf(Number(id), fields));
      at = end + 1 + bytes;
    }
    this.#pending = data.subarray(at);
  }
}

export function variablesOf(fields: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const field of fields) {
    const equals = field.indexOf("=");
    // Defined, not assigned: a variable may have any name, `__proto__` too.
    if (equals > 0)
      Object.defineProperty(variables, field.slice(0, equals), {
        value: field.slice(equals + 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return variables;
}

function startRequestOf(id: number, fields: readonly string[]): StartRequest {
  const [folder = "", log = "", output = "", inputs = "", inputsText = "", command = "", ...variables] = fields;
  return { id, folder, log, output, inputs, inputsText, command, variables };
}
