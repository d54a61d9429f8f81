/** The interface of the server that gave out this page; every request carries the token as a header, never in its address. */

export class ApiProblem extends Error {
  /** As `docs/reference/http.md` lists them; `unreachable` when there was no answer. */
  readonly code: string;
  readonly status: number;
  /** What is wrong with which field, when the server says so. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(code: string, status: number, detail: string, errors: ApiProblem["errors"] = []) {
    super(detail);
    this.name = "ApiProblem";
    this.code = code;
    this.status = status;
    this.errors = errors;
  }
}

export interface Asking {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Api {
  readonly #token: string;
  readonly #origin: string;

  /** `origin` is for callers that are no page of the server. */
  constructor(token: string, origin = "") {
    this.#token = token;
    this.#origin = origin;
  }

  /** @throws ApiProblem */
  async get<T>(path: string, asking: Asking = {}): Promise<T> {
    const response = await this.#ask(path, { ...asking, method: "GET" });
    // The server's answers are what its interface says; a test holds the two together.
    return (await response.json()) as T;
  }

  /** @throws ApiProblem */
  async post<T>(path: string, body: object, asking: Asking = {}): Promise<T> {
    const headers = { ...asking.headers, "content-type": "application/json" };
    const response = await this.#ask(path, { ...asking, method: "POST", headers, body: JSON.stringify(body) });
    return (await response.json()) as T;
  }

  /** The bytes of an answer, as they come. @throws ApiProblem */
  async stream(path: string, asking: Asking): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { body } = await this.#ask(path, { ...asking, method: "GET" });
    if (body === null) throw new ApiProblem("unreachable", 0, "expected a stream, got an empty answer");
    return body;
  }

  async #ask(path: string, init: Asking & { readonly method: string; readonly body?: string }): Promise<Response> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#token}` };
    let response: Response;
    try {
      response = await fetch(`${this.#origin}${path}`, {
        ...init,
        headers,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new ApiProblem("unreachable", 0, "the server does not answer");
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const { status } = response;
  try {
    const { code, detail, errors } = (await response.json()) as Record<string, unknown>;
    const listed = Array.isArray(errors) ? (errors as ApiProblem["errors"]) : [];
    return new ApiProblem(String(code), status, String(detail), listed);
  } catch {
    return new ApiProblem("unreachable", status, `the server answered ${status}, and nothing that says why`);
  }
}
