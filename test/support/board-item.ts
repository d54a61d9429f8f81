import type { Item, Snapshot } from "../../src/board/data/wire.ts";

/** An item as the server shows one that is ready; `changes` say how this one differs. */
export function itemOf(changes: Partial<Item>): Item {
  const at = "2026-11-21T10:00:00.000Z";
  return {
    id: "00000000-0000-0000-0000-000000000001",
    key: "item",
    project_id: "00000000-0000-0000-0000-000000000000",
    run_id: "00000000-0000-0000-0000-000000000000",
    parent_item_id: null,
    title: "Item",
    description: null,
    task_type: null,
    status: "todo",
    ready: true,
    blocked_by: [],
    priority: 5,
    assigned_agent_id: null,
    assigned_at: null,
    lease_expires_at: null,
    attempt: 0,
    attempts_max: 1,
    files: [],
    files_modified: [],
    dependencies: [],
    estimated_hours: null,
    result_summary: null,
    failure_reason: null,
    stage: null,
    created_at: at,
    updated_at: at,
    completed_at: null,
    metadata: {},
    seq: 1,
    ...changes,
  };
}

/** A whole answer for this version. */
export function snapshotOf(seq: number, items: readonly Item[], status = "running"): Snapshot {
  const counts = { total: 0, todo: 0, ready: 0, blocked: 0, claimed: 0, done: 0, failed: 0, cancelled: 0 };
  const progress = { ...counts, seq, status, live_items_max: 8 };
  return { seq, base_seq: 0, project_id: "00000000-0000-0000-0000-000000000000", progress, items, next_cursor: null };
}
