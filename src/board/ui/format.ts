/** Numbers and times as people read them. */
const counts = new Intl.NumberFormat("en");

export function countOf(value: number): string {
  return counts.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${countOf(value)} ${value === 1 ? one : many}`;
}

/** `4s`, `3m 20s`, `2h 5m`, `3d 4h`. */
export function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h ${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** The same, of short times with their parts of a second: `26 ms`, `4.2s`. */
export function briefOf(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)}s` : durationOf(ms);
}

/** The same for times to come, of which seconds are not known: `under a minute`, `about 12 min`, `about 3 h`. */
export function roughly(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (ms < 60_000) return "under a minute";
  if (minutes < 90) return `about ${minutes} min`;
  const hours = Math.round(ms / 3_600_000);
  return hours < 48 ? `about ${hours} h` : `about ${Math.round(hours / 24)} days`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export function clockOf(at: string | number): string {
  return clock.format(new Date(at));
}

export function dateOf(at: string | number): string {
  return whole.format(new Date(at));
}

/** `src/a.ts, src/b.ts +3`. */
export function listOf(names: readonly string[], max = 2): string {
  const shown = names.slice(0, max).join(", ");
  return names.length > max ? `${shown} +${names.length - max}` : shown;
}
