/** A schedule driven by hand, through the calls that the engine makes. */
import type { Schedule } from "../../src/scheduler/schedule.ts";

/** Everything that the schedule lets start now. */
export function startAll(schedule: Pick<Schedule, "next">): number[] {
  const items: number[] = [];
  for (let item = schedule.next(); item >= 0; item = schedule.next()) items.push(item);
  return items;
}

/** Ends an item and frees its slot. */
export function endItem(schedule: Pick<Schedule, "settled"> & { freed(item: number): void }, item: number): void {
  schedule.settled(item);
  schedule.freed(item);
}
