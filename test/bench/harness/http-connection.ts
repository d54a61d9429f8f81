/**
 * One connection of a client that costs little: requests one after the other, bodies of a known length, heads as our servers write
 * them. Clients share the processors with the server that is measured, so whatever a client does beside is taken from it.
 */
import { connect, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";
const LENGTH = "\r\ncontent-length: ";
/** All connections read into one: what is read is taken out before the next read. */
const buffer = Buffer.allocUnsafe(65_536);

export interface HttpAnswer {
  readonly status: number;
  /** A character for each byte. */
  readonly body: string;
}

export class HttpConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #received = "";
  #waiting: PromiseWithResolvers<HttpAnswer> | undefined;

  constructor(port: number, token: string) {
    this.#head = ` HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
    const callback = (bytes: number): boolean => {
      this.#take(buffer.toString("latin1", 0, bytes));
      return true;
    };
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer, callback } });
    const broken = (error?: Error): void => this.#waiting?.reject(error ?? new Error("the server closed"));
    this.#socket.on("error", broken);
    this.#socket.on("close", () => broken());
  }

  /** `body`: ASCII. */
  post(path: string, body: string): Promise<HttpAnswer> {
    const waiting = Promise.withResolvers<HttpAnswer>();
    if (this.#socket.destroyed) waiting.reject(new Error("the server closed"));
    this.#waiting = waiting;
    this.#socket.write(`POST ${path}${this.#head}Content-Length: ${body.length}${HEAD_END}${body}`, "latin1");
    return waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const at = head.indexOf(LENGTH);
    if (at < 0) {
      this.#socket.destroy(new Error(`expected a content-length, got ${head}`));
      return;
    }
    const bodyAt = end + HEAD_END.length;
    if (this.#received.length < bodyAt + Number.parseInt(head.slice(at + LENGTH.length), 10)) return;
    const body = this.#received.slice(bodyAt);
    // One request at a time: nothing comes behind its answer.
    this.#received = "";
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
