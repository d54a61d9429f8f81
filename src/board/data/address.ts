/** Everything that a person chose stands in the address, so that a link, a reload and the back button give the same page. */
export const VIEWS = ["lanes", "board", "timeline", "graph", "log"] as const;
export type View = (typeof VIEWS)[number];

export interface Address {
  readonly view: View;
  /** Text of the filter box. */
  readonly q: string;
  /** Id of the item whose panel is open. */
  readonly item: string | undefined;
  /** Id of the project; `undefined` is the oldest. */
  readonly project: string | undefined;
  /** Version that is looked at; `undefined` is the present. */
  readonly at: number | undefined;
  /** The other version, when two are compared. */
  readonly since: number | undefined;
}

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const at = versionOf(query.get("at"));
  const view = VIEWS.find((name) => name === query.get("view")) ?? "lanes";
  return {
    view,
    q: (query.get("q") ?? "").slice(0, 500),
    item: idOf(query.get("item")),
    project: idOf(query.get("project")),
    at,
    since: at === undefined ? undefined : versionOf(query.get("since")),
  };
}

export function writeAddress({ view, q, item, project, at, since }: Address): string {
  const query = new URLSearchParams();
  if (project !== undefined) query.set("project", project);
  if (view !== "lanes") query.set("view", view);
  if (q !== "") query.set("q", q);
  if (item !== undefined) query.set("item", item);
  if (since !== undefined) query.set("since", String(since));
  if (at !== undefined) query.set("at", String(at));
  const text = query.toString();
  return text === "" ? "/" : `/?${text}`;
}

/** What goes into paths of the interface is an id, whatever the address says. */
function idOf(text: string | null): string | undefined {
  return text !== null && /^[0-9a-f-]{36}$/.test(text) ? text : undefined;
}

function versionOf(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
