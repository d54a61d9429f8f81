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
}

export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const view = VIEWS.find((name) => name === query.get("view")) ?? "lanes";
  const at = /^\d{1,15}$/.exec(query.get("at") ?? "")?.[0];
  return {
    view,
    q: (query.get("q") ?? "").slice(0, 500),
    item: idOf(query.get("item")),
    project: idOf(query.get("project")),
    at: at === undefined ? undefined : Number(at),
  };
}

export function writeAddress({ view, q, item, project, at }: Address): string {
  const query = new URLSearchParams();
  if (project !== undefined) query.set("project", project);
  if (view !== "lanes") query.set("view", view);
  if (q !== "") query.set("q", q);
  if (item !== undefined) query.set("item", item);
  if (at !== undefined) query.set("at", String(at));
  const text = query.toString();
  return text === "" ? "/" : `/?${text}`;
}

/** What goes into paths of the interface is an id, whatever the address says. */
function idOf(text: string | null): string | undefined {
  return text !== null && /^[0-9a-f-]{36}$/.test(text) ? text : undefined;
}
