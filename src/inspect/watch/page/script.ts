/** The page's script. It puts texts in as texts only; the one drawing that it takes as markup is made by the server. */
export const PAGE_SCRIPT = String.raw`
const LOG_MAX = 500, LANES_MAX = 40;
const byId = (id) => document.getElementById(id);
const names = new Map(), chosen = new Set(), machines = new Map(), snapshots = new Map(), apps = new Map();
let shown, events = [], rows = [], total = 0, missed = 0, dirty = false;

let socket;
const say = (words) => { byId("status").textContent = words; };
const ask = (message) => socket.send(JSON.stringify(message));

/** At the end of this file: what a message does has to be there first. */
async function begin() {
  if (query === "") byId("board").hidden = false;
  socket = await connect("page", say);
  if (!socket) return;
  socket.onopen = () => { say("connected"); };
  socket.onclose = () => { say("ended: what is shown is how it was"); };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    take[message.kind]?.(message);
    if (!dirty) { dirty = true; requestAnimationFrame(draw); }
  };
}

const take = {
  actors(message) {
    rows = message.rows; total = message.total;
    for (const { id, name } of rows) names.set(id, name);
    // The first that there is: a run.
    if (shown === undefined && rows.length > 0) choose(rows[0].id);
  },
  machine({ id, svg }) {
    if (svg === null) return;
    const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    machines.set(id, drawing);
  },
  counts({ id, counts }) {
    const drawing = machines.get(id);
    if (!drawing) return;
    const known = new Map(counts);
    for (const line of drawing.querySelectorAll("[data-edges]")) {
      const taken = JSON.parse(line.dataset.edges).reduce((sum, key) => sum + (known.get(key) ?? 0), 0);
      line.classList.toggle("taken", taken > 0);
      const count = line.querySelector(".count");
      if (count && taken > 0) count.textContent = " ×" + taken;
    }
  },
  missed({ count }) { missed += count; },
  here({ path }) {
    const url = socket.url.slice(0, socket.url.indexOf("/", 6)) + path;
    byId("app").textContent = "const { inspect } = createWebSocketInspector({ url: " + JSON.stringify(url) + " });\ncreateActor(machine, { inspect }).start();";
  },
  frame({ frame }) { note(frame); },
  app({ frame }) {
    if (frame.type === "@xstate.actor") {
      apps.set(frame.sessionId, frame);
      names.set(frame.sessionId, frame.name);
    }
    if (frame.type === "@xstate.actor" || chosen.has(frame.sessionId)) note(frame);
    else if (frame.type === "@xstate.snapshot") snapshots.set(frame.sessionId, frame.snapshot);
  },
};

function note(frame) {
  const { type, sessionId } = frame;
  if (type === "@xstate.actor") { names.set(sessionId, frame.name); snapshots.set(sessionId, frame.snapshot); return; }
  if (type === "@xstate.snapshot") snapshots.set(sessionId, frame.snapshot);
  if (type === "@xstate.event") {
    events.push({ at: Number(frame.createdAt), to: sessionId, from: frame.sourceId, event: frame.event });
    if (events.length > LOG_MAX) events = events.slice(-LOG_MAX);
  }
}

function choose(id) {
  shown = id;
  if (chosen.has(id)) return;
  chosen.add(id);
  const app = apps.get(id);
  if (app) ask({ draw: { id, definition: app.definition ?? "" } });
  else ask({ watch: id });
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function draw() {
  dirty = false;
  drawActors();
  drawChart();
  drawLog();
  drawLanes();
}

function drawActors() {
  const filter = byId("filter").value.toLowerCase();
  const others = [...apps.values()].filter(({ name }) => name.toLowerCase().includes(filter))
    .map(({ sessionId, name, parentId }) => ({ id: sessionId, name, parent: parentId }));
  const all = [...rows, ...others];
  byId("total").textContent = total + apps.size + (total + apps.size === 1 ? " actor" : " actors")
    + (all.length < total + apps.size ? ", " + all.length + " shown" : "")
    + (missed > 0 ? "; " + missed + " events were too many to show" : "");
  byId("actors").replaceChildren(...all.map(({ id, name, parent }) => {
    const item = document.createElement("li");
    item.append(element("button", name, { type: "button", "data-actor": id, "aria-pressed": String(id === shown), ...(parent ? { class: "child" } : {}) }));
    return item;
  }));
}

/** Paths of all states in a value: "a", { a: "b" }, { a: { b: {} } }. */
function pathsOf(value, above = "") {
  if (typeof value === "string") return [above + value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [above + key, ...pathsOf(inner, above + key + ".")]);
}

function drawChart() {
  if (shown === undefined) return;
  byId("chart-title").textContent = names.get(shown) ?? shown;
  const snapshot = snapshots.get(shown);
  byId("snapshot").textContent = snapshot === undefined ? "" : JSON.stringify(snapshot, undefined, 2);
  const drawing = machines.get(shown);
  if (!drawing) { byId("chart").replaceChildren(); return; }
  const lit = new Set(["", ...pathsOf(snapshot?.value)]);
  for (const state of drawing.querySelectorAll("[data-state]")) state.classList.toggle("on", lit.has(state.dataset.state));
  if (byId("chart").firstChild !== drawing) byId("chart").replaceChildren(drawing);
}

function nameOf(id) { return id === undefined ? "outside" : names.get(id) ?? id; }

function drawLog() {
  byId("log").replaceChildren(...events.slice(-100).reverse().map(({ at, to, from, event }) => {
    const { type, ...rest } = event;
    const details = JSON.stringify(rest);
    const item = element("li", nameOf(from) + " → " + nameOf(to) + "  " + type + (details === "{}" ? "" : " " + details.slice(0, 200)));
    item.prepend(element("span", new Date(at).toISOString().slice(11, 23) + " ", { class: "at" }));
    return item;
  }));
}

/** One lane for each actor, one row for each event, latest below. */
function drawLanes() {
  const latest = events.slice(-LANES_MAX);
  const lanes = [...new Set(latest.flatMap(({ from, to }) => [from, to]))];
  const svg = (tag, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const x = (id) => 70 + lanes.indexOf(id) * 140;
  const height = 30 + latest.length * 22;
  const picture = svg("svg", { width: 140 * lanes.length, height, role: "img", "aria-label": "sequence of the latest events" });
  for (const lane of lanes) {
    picture.append(svg("text", { x: x(lane), y: 14 }, nameOf(lane).slice(0, 18)));
    picture.append(svg("line", { x1: x(lane), x2: x(lane), y1: 20, y2: height, "stroke-dasharray": "2 3" }));
  }
  latest.forEach(({ from, to, event }, i) => {
    const y = 40 + i * 22;
    const [start, end] = [x(from), x(to)];
    const tip = end >= start ? -6 : 6;
    picture.append(svg("path", { d: start === end ? "M" + start + " " + (y - 6) + "h24v8h-24" : "M" + start + " " + y + "H" + end + "M" + (end + tip) + " " + (y - 4) + "L" + end + " " + y + "l" + tip + " 4" }));
    picture.append(svg("text", { x: start === end ? start + 66 : (start + end) / 2, y: y - 3 }, event.type.slice(0, 22)));
  });
  byId("lanes").replaceChildren(picture);
}

byId("actors").addEventListener("click", ({ target }) => {
  const id = target.dataset?.actor;
  if (id === undefined) return;
  choose(id);
  draw();
});
byId("filter").addEventListener("input", ({ target }) => { ask({ filter: target.value }); draw(); });
begin().catch((error) => say(String(error)));
`;
