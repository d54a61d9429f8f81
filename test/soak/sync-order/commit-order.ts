/**
 * Loaded before the product (`node --import`), where there is no strace: writes down, in the journal's thread, what SQLite was told and
 * what the thread then said, in the order in which it happened, with the settings on which SQLite's own promise stands.
 */
import { appendFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { parentPort } from "node:worker_threads";

const file = process.env["SIGNALBOX_TEST_COMMIT_ORDER"];
if (file !== undefined && parentPort !== null) {
  const note = (line: string): void => appendFileSync(file, `${line}\n`);
  const told = Reflect.get(DatabaseSync.prototype, "exec");
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    told.call(this, sql);
    if (sql !== "COMMIT" && !sql.startsWith("BEGIN")) return;
    const settings = ["synchronous", "journal_mode"].map((name) =>
      Object.values(this.prepare(`PRAGMA ${name}`).get() ?? {}).join(),
    );
    note(`${sql === "COMMIT" ? "commit" : "begin"} ${settings.join(" ")}`);
  };
  const port = parentPort;
  const say = port.postMessage.bind(port);
  port.postMessage = (message: { readonly kind: string; readonly appends?: number }): void => {
    if (message.kind === "acknowledged" || message.kind === "answer") note(`${message.kind} ${message.appends ?? ""}`);
    say(message);
  };
}
