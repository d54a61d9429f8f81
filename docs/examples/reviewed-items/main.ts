/** Checks the machine, then takes one item through a review. `node main.ts` */
import { createActor } from "xstate";
import { checkWorkItemMachine } from "signalbox/machines";
import { reviewedItem, reviewEvents } from "./reviewed-item.ts";

const check = checkWorkItemMachine(reviewedItem, { events: reviewEvents });
for (const { guarantee, message } of check.broken) console.log(`broken: ${guarantee}: ${message}`);
console.log(
  `${check.ok ? "keeps" : "breaks"} the guarantees, in ${check.complete ? "all " : "the first "}${check.states} states`,
);

const item = createActor(reviewedItem, { input: { attemptsMax: 3 } });
item.subscribe(({ value }) => console.log(JSON.stringify(value)));
item.start();
item.send({ type: "claim", holder: "ada", token: 1, leaseMs: 60_000 });
item.send({ type: "complete", token: 1 }); // refused: nobody has reviewed it
item.send({ type: "submit", text: "hello" });
item.send({ type: "approve", by: "grace" });
item.send({ type: "complete", token: 1 });
console.log(`approved by ${item.getSnapshot().context.approvedBy}`);
