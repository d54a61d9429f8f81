/** One connection of a client that costs little: requests one after the other, bodies of a known length. */
import { connect, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export class HttpConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #received: Buffer = Buffer.alloc(0);
  #waiting: PromiseWithResolvers<HttpAnswer> | undefined;

  constructor(port: number, token: string) {
    this.#head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    const broken = (error?: Error): void => this.#waiting?.reject(error ?? new Error("the server closed"));
    this.#socket.on("error", broken);
    this.#socket.on("close", () => broken());
  }

  post(path: string, body: string): Promise<HttpAnswer> {
    const waiting = Promise.withResolvers<HttpAnswer>();
    this.#waiting = waiting;
    this.#socket.write(
      `POST ${path} HTTP/1.1\r\n${this.#head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    return waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length === undefined) {
      this.#waiting?.reject(new Error(`expected a content-length, got ${head}`));
      return;
    }
    const whole = end + 4 + Number(length);
    if (this.#received.length < whole) return;
    const body = this.#received.toString("utf8", end + 4, whole);
    this.#received = this.#received.subarray(whole);
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }
}
