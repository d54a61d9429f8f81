/** Every route that a client calls, under the name by which it is called. A test holds it against the server's own table. */
export interface ClientRoute {
  readonly method: "get" | "post";
  readonly path: string;
  /** It gets an `Idempotency-Key`, so it can be sent again when no answer came. */
  readonly takesKey?: true;
  /** Sent twice it does no more than sent once. */
  readonly isHarmless?: true;
}

const read = (path: string) => ({ method: "get", path, isHarmless: true }) as const;
const change = (path: string) => ({ method: "post", path, takesKey: true }) as const;

export const ROUTES = {
  "items.create": change("/api/work-items"),
  "items.list": read("/api/work-items"),
  "items.get": read("/api/work-items/{id}"),
  "items.claim": change("/api/work-items/{id}/claim"),
  "items.claimNext": change("/api/work-items/claim-next"),
  // Its lease begins anew, whether it is sent once or twice.
  "items.heartbeat": { method: "post", path: "/api/work-items/{id}/heartbeat", isHarmless: true },
  "items.complete": change("/api/work-items/{id}/complete"),
  "items.fail": change("/api/work-items/{id}/fail"),
  "items.release": change("/api/work-items/{id}/release"),
  "items.requeue": change("/api/work-items/{id}/requeue"),
  "items.cancel": change("/api/work-items/{id}/cancel"),
  "items.note": change("/api/work-items/{id}/notes"),
  "items.notes": read("/api/work-items/{id}/notes"),
  "items.why": read("/api/work-items/{id}/why"),
  "items.output": read("/api/work-items/{id}/output"),
  "items.conflicts": { method: "post", path: "/api/conflicts", isHarmless: true },
  "projects.list": read("/api/projects"),
  "projects.create": change("/api/projects"),
  "projects.addPlan": change("/api/projects/{id}/plans"),
  "projects.pause": { method: "post", path: "/api/projects/{id}/pause", isHarmless: true },
  "projects.resume": { method: "post", path: "/api/projects/{id}/resume", isHarmless: true },
  "projects.snapshot": read("/api/projects/{id}/snapshot"),
  "projects.progress": read("/api/projects/{id}/progress"),
  "projects.conflicts": read("/api/projects/{id}/conflicts"),
  "projects.audit": read("/api/projects/{id}/audit"),
  "projects.events": read("/api/projects/{id}/events"),
  "projects.output": read("/api/projects/{id}/output"),
  // Sent twice it makes two copies.
  backup: { method: "post", path: "/api/backups" },
  session: read("/api/session"),
  health: read("/healthz"),
  openApi: read("/openapi.json"),
} as const satisfies Readonly<Record<string, ClientRoute>>;
