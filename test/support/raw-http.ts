import { connect } from "node:net";

export interface RawAnswer {
  /** 0 when the server closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends these bytes on a new connection and reads until the server closes, or has been silent for a while. */
export function sendRaw(port: number, bytes: string | Uint8Array, silentMs = 1_500): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: "127.0.0.1", port });
    const end = (): void => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      const at = text.indexOf("\r\n\r\n");
      const head = at < 0 ? text : text.slice(0, at);
      resolve({
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
        head,
        body: at < 0 ? "" : text.slice(at + 4),
      });
    };
    socket.setTimeout(silentMs, end);
    socket.on("error", end);
    socket.on("close", end);
    socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
    socket.on("connect", () => socket.write(bytes));
  });
}
