/**
 * One connection of a client that costs little: requests one after the other, bodies of a known length. Clients share the processors
 * with the server that is measured, so whatever a client does beside is taken from it: of an answer only what is asked for is read.
 */
import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** An answer as it came, of which nothing has been read but where it ends. */
export class HttpAnswer {
  readonly #bytes: Buffer;
  readonly #bodyAt: number;
  readonly status: number;

  constructor(bytes: Buffer, bodyAt: number, status: number) {
    this.#bytes = bytes;
    this.#bodyAt = bodyAt;
    this.status = status;
  }

  get body(): string {
    return this.#bytes.toString("utf8", this.#bodyAt);
  }
}

export class HttpConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #received: Buffer | undefined;
  #waiting: PromiseWithResolvers<HttpAnswer> | undefined;

  constructor(port: number, token: string) {
    this.#head = ` HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    const broken = (error?: Error): void => this.#waiting?.reject(error ?? new Error("the server closed"));
    this.#socket.on("error", broken);
    this.#socket.on("close", () => broken());
  }

  post(path: string, body: string): Promise<HttpAnswer> {
    const waiting = Promise.withResolvers<HttpAnswer>();
    this.#waiting = waiting;
    this.#socket.write(`POST ${path}${this.#head}Content-Length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
    return waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk]);
    this.#received = bytes;
    const end = bytes.indexOf(HEAD_END, 0, "latin1");
    if (end < 0) return;
    const head = bytes.toString("latin1", 0, end);
    const length = LENGTH.exec(head)?.[1];
    if (length === undefined) {
      this.#waiting?.reject(new Error(`expected a content-length, got ${head}`));
      return;
    }
    const bodyAt = end + HEAD_END.length;
    const whole = bodyAt + Number(length);
    if (bytes.length < whole) return;
    // One request at a time: nothing comes behind its answer.
    this.#received = undefined;
    this.#waiting?.resolve(new HttpAnswer(bytes, bodyAt, Number(head.slice(9, 12))));
  }
}
