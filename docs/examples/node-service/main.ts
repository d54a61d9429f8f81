/** Starts the service, orders something, hands one work item to an agent, and stops. `node main.ts` */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startService } from "./service.ts";

const folder = mkdtempSync(join(tmpdir(), "orders-"));
const service = await startService(join(folder, "state"));
const { url, coordinator } = service;
try {
  const order = await fetch(`${url}/orders/42`, { method: "POST" });
  console.log("order", order.status, await order.text());

  const ask = async (role: "plan" | "worker", path: string, body: object): Promise<string> => {
    const headers = { authorization: `Bearer ${coordinator.tokens[role]}`, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const told = (await answer.json()) as { readonly key?: string; readonly item?: { readonly key: string } };
    return `${answer.status} ${told.key ?? told.item?.key ?? ""}`;
  };
  console.log("created", await ask("plan", "/api/work-items", { title: "Pack it nicely" }));
  console.log("claimed", await ask("worker", "/api/work-items/claim-next", { agent_id: "ada" }));
} finally {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
}
