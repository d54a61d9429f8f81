/** Copies of the whole state, for those who may everything. */
import { isoTime } from "../../base/iso-time.ts";
import type { Backups } from "../backups.ts";
import { ProblemError } from "../problem.ts";
import { route, type Route } from "../route.ts";
import { MadeBackup, Nothing } from "../schemas.ts";

/** `undefined`: the server was started without a folder for them. */
export function backupRoutes(backups: Backups | undefined): Route[] {
  const make = route({
    method: "post",
    path: "/api/backups",
    summary:
      "Copy all projects into the folder that the server was started with, and check the copy; work goes on meanwhile.",
    role: "admin",
    body: Nothing,
    answers: { 201: MadeBackup },
    problems: ["not_ready", "cap_reached", "journal_unavailable"],
    handle: async () => {
      if (backups === undefined)
        throw new ProblemError(
          "not_ready",
          "expected a server with a folder for backups, got none; start it with --backup-dir DIR",
        );
      const { file, at, bytes, runs } = await backups.make();
      return { status: 201, body: { file, at: isoTime(at), bytes, runs } };
    },
  });
  return [make];
}
