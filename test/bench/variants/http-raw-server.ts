/** The floor of the `http` bench: Node's server alone. Reads the body, parses it, and answers as much as a claim does. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const answer = { item: { id: "019abcde-0000-7000-8000-000000000001", text: "x".repeat(850) }, fencing_token: 1 };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const asked = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { readonly fencing_token?: number };
    const body = JSON.stringify({ ...answer, fencing_token: asked.fencing_token ?? 1 });
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
