import { createServer } from "node:net";
import { expect, test } from "vitest";
import { served } from "../support/served.ts";

/** What comes of listening there, as another program of this machine would. */
const takenBy = (host: string, port: number): Promise<string> =>
  new Promise((resolve) => {
    const other = createServer();
    other.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    other.listen({ host, port, ipv6Only: true }, () => other.close(() => resolve("free")));
  });

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "[::1]"],
  ["localhost", "localhost"],
  ["LocalHost", "localhost"],
  ["0:0:0:0:0:0:0:1", "[::1]"],
  ["127.1", "127.0.0.1"],
])(
  "served at %s, the port is ours at both loopback addresses: `localhost` may mean either, and nobody else gets our tokens",
  async (host, shown) => {
    if ((await takenBy("::1", 0)) !== "free") return;
    const { server } = await served({ host });
    const port = Number(new URL(server.url).port);
    for (const name of ["127.0.0.1", "[::1]", "localhost"])
      expect((await fetch(`http://${name}:${port}/healthz`)).status, name).toBe(200);
    expect([await takenBy("127.0.0.1", port), await takenBy("::1", port)]).toEqual(["EADDRINUSE", "EADDRINUSE"]);
    expect(new URL(server.url).hostname).toBe(shown);
  },
);

test.each(["0.0.0.0", "::", "", "0", "0x0", "0.0", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0", "::ffff:0:0"])(
  "%o is every address of the machine, and refused: the gate could not tell ours from others",
  async (host) => {
    await expect(served({ host })).rejects.toMatchObject({ code: "invalid_usage", message: /which is all of them/ });
  },
);
