/** What a worker does: to claim, to give a sign of life, to report. */
import { isoTime } from "../../base/iso-time.ts";
import { itemIndexOf } from "../../base/item-ids.ts";
import type { Json } from "../../base/json.ts";
import type { Claim } from "../../engine/claim.ts";
import type { Coordinator } from "../coordinator.ts";
import type { Report } from "../../items/report.ts";
import type { ItemSnapshot } from "../../items/snapshot.ts";
import { ProblemError, type ProblemCode } from "../problem.ts";
import type { Project, ProjectTurn } from "../project.ts";
import { route, type Answer, type Route } from "../route.ts";
import {
  ClaimAnswer,
  ClaimItem,
  ClaimNext,
  CompleteItem,
  FailItem,
  HeartbeatAnswer,
  HeartbeatItem,
  ItemPath,
  ReleaseItem,
  WorkItem,
} from "../schemas.ts";
import { answerWith, changeItem, refuseOther } from "./change-item.ts";

export function claimRoutes(coordinator: Coordinator): Route[] {
  return [claimItem(coordinator), claimNext(coordinator), heartbeat(coordinator), ...reportRoutes(coordinator)];
}

const CLAIM_PROBLEMS: readonly ProblemCode[] = [
  "not_found",
  "already_claimed",
  "not_ready",
  "already_settled",
  "file_conflict",
  "cap_reached",
  "pressure",
  "precondition_failed",
  "journal_unavailable",
  "idempotency_key_reused",
];

function claimItem(coordinator: Coordinator): Route {
  return route({
    method: "post",
    path: "/api/work-items/{id}/claim",
    summary: "Claim a work item: it is yours until its lease ends.",
    role: "worker",
    params: ItemPath,
    body: ClaimItem,
    takesKey: true,
    answers: { 200: ClaimAnswer },
    problems: CLAIM_PROBLEMS,
    handle: (call) => {
      const { agent_id, lease_ms, files } = call.body;
      const { project, number } = coordinator.item(call.params.id);
      return project.change(call, (turn) => {
        refuseOther(call.headers.get("if-match"), turn, number);
        project.refuseConflicts(turn, number, files);
        const { key } = project.run.plan.taskOf(number)!;
        const request = {
          agent: agent_id,
          ...(lease_ms !== undefined && { leaseMs: lease_ms }),
          ...(files !== undefined && { files }),
        };
        return granted(project, turn, turn.claim(key, request), files);
      });
    },
  });
}

function claimNext(coordinator: Coordinator): Route {
  return route({
    method: "post",
    path: "/api/work-items/claim-next",
    summary: "Claim the work item that should go first; 204 when there is none in time.",
    role: "worker",
    body: ClaimNext,
    takesKey: true,
    answers: { 200: ClaimAnswer, 204: undefined },
    problems: ["not_found", "cap_reached", "pressure", "journal_unavailable", "idempotency_key_reused"],
    handle: (call) => {
      const { agent_id, project_id, task_types, lease_ms, wait_ms } = call.body;
      const project = coordinator.project(project_id);
      const request = {
        agent: agent_id,
        ...(lease_ms !== undefined && { leaseMs: lease_ms }),
        ...(task_types !== undefined && { types: task_types }),
        ...(wait_ms !== undefined && { waitMs: wait_ms, signal: call.signal }),
        ...(project.settings.conflicts === "refuse" && { suits: project.isFree }),
      };
      return project.changeNext(call, request, (turn, claim) =>
        claim === undefined ? { status: 204 } : granted(project, turn, claim, undefined),
      );
    },
  });
}

/** Most have none. Real ones are without a prototype, and writing such an object takes the long way through the whole answer. */
const NO_INPUTS = Object.freeze({});

function granted(project: Project, turn: ProjectTurn, claim: Claim, files: readonly string[] | undefined): Answer {
  // Not by its key, which would have to be looked up.
  const number = itemIndexOf(project.id, claim.itemId);
  const item = project.viewIn(turn, turn.itemAt(number), claim.leaseExpiresAtMs);
  return answerWith(200, item, {
    item,
    fencing_token: claim.fencingToken,
    lease_expires_at: isoTime(claim.leaseExpiresAtMs),
    inputs: isEmpty(claim.inputs) ? NO_INPUTS : claim.inputs,
    notes: project.notes.of(number),
    conflicts: project.claimed(turn, number, claim.fencingToken, files),
  });
}

function isEmpty(record: object): boolean {
  for (const _key in record) return false;
  return true;
}

function heartbeat(coordinator: Coordinator): Route {
  return route({
    method: "post",
    path: "/api/work-items/{id}/heartbeat",
    summary: "A sign of life: the lease starts anew.",
    role: "worker",
    params: ItemPath,
    body: HeartbeatItem,
    answers: { 200: HeartbeatAnswer },
    problems: ["not_found", "not_claimed", "stale_fencing_token", "too_large", "journal_unavailable"],
    handle: (call) => {
      const { fencing_token, lease_ms, progress, files, note } = call.body;
      const { project, number } = coordinator.item(call.params.id);
      return project.change(call, (turn) => {
        refuseUnclaimed(project, turn, number);
        const fresh = project.freshFiles(number, fencing_token, files ?? []);
        const answer = turn.heartbeat(
          { item: number, fencingToken: fencing_token },
          {
            ...(lease_ms !== undefined && { leaseMs: lease_ms }),
            ...(note !== undefined && { note }),
            ...(progress !== undefined && { progress }),
            ...(fresh.length > 0 && { files: fresh }),
          },
        );
        const conflicts = answer.cancelRequested ? [] : project.observed(turn, number, fencing_token, fresh);
        const body = {
          lease_expires_at: isoTime(answer.leaseExpiresAtMs),
          cancel_requested: answer.cancelRequested,
          conflicts,
        };
        return { status: 200, body };
      });
    },
  });
}

const REPORT_PROBLEMS: readonly ProblemCode[] = [
  "not_found",
  "stale_fencing_token",
  "not_claimed",
  "precondition_failed",
  "journal_unavailable",
  "idempotency_key_reused",
];

function reportRoutes(coordinator: Coordinator): Route[] {
  const complete = route({
    method: "post",
    path: "/api/work-items/{id}/complete",
    summary: "The work is done.",
    role: "worker",
    params: ItemPath,
    body: CompleteItem,
    takesKey: true,
    answers: { 200: WorkItem },
    problems: [...REPORT_PROBLEMS, "too_large"],
    handle: (call) => {
      const { fencing_token, result_summary, files_modified, output } = call.body;
      const report: Report = {
        result_summary,
        files_modified,
        ...(output !== undefined && { output: output as Json }),
      };
      return changeItem(coordinator, call, (turn, { project, number }) => {
        refuseUnclaimed(project, turn, number);
        turn.complete({ item: number, fencingToken: fencing_token }, { output: report as unknown as Json });
      });
    },
  });
  const fail = route({
    method: "post",
    path: "/api/work-items/{id}/fail",
    summary: "The work failed; another attempt follows as long as there are some.",
    role: "worker",
    params: ItemPath,
    body: FailItem,
    takesKey: true,
    answers: { 200: WorkItem },
    problems: REPORT_PROBLEMS,
    handle: (call) => {
      const { fencing_token, failure_reason, retryable } = call.body;
      const failure = { reason: failure_reason, ...(retryable !== undefined && { retryable }) };
      return changeItem(coordinator, call, (turn, { project, number }) => {
        refuseUnclaimed(project, turn, number);
        turn.fail({ item: number, fencingToken: fencing_token }, failure);
      });
    },
  });
  const release = route({
    method: "post",
    path: "/api/work-items/{id}/release",
    summary: "Give a work item back without spending an attempt.",
    role: "worker",
    params: ItemPath,
    body: ReleaseItem,
    takesKey: true,
    answers: { 200: WorkItem },
    problems: REPORT_PROBLEMS,
    handle: (call) => {
      const { fencing_token, reason } = call.body;
      return changeItem(coordinator, call, (turn, { project, number }) => {
        refuseUnclaimed(project, turn, number);
        turn.release({ item: number, fencingToken: fencing_token }, { ...(reason !== undefined && { reason }) });
      });
    },
  });
  return [complete, fail, release];
}

/** A report about an item that nobody ever claimed says so; one whose claim is over is stale. */
function refuseUnclaimed({ snapshot }: Project, turn: ProjectTurn, number: number): void {
  // What was claimed once stays so, and the picture that is there nearly always says it: the item in this very step has to be made.
  if (wasClaimed(snapshot.items.at(number)) || wasClaimed(turn.itemAt(number))) return;
  throw new ProblemError("not_claimed", "expected an item that you have claimed, got one that nobody ever claimed");
}

function wasClaimed(item: ItemSnapshot | undefined): boolean {
  return item !== undefined && item.attempt > 0;
}
