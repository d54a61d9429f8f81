/** What can be taken along from the page, each made in the page out of what the interface answers. */
import { layeredOf, mermaidOf } from "../data/layered.ts";
import { csvOf } from "../../report/csv.ts";
import { htmlReportOf } from "../../report/html-report.ts";
import { junitOf } from "../../report/junit.ts";
import { graphSvgOf } from "./graph-svg.ts";
import { reportedScene, type Scene } from "./scene.ts";
import { timelineSvgOf } from "./timeline-svg.ts";

export interface Kind {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  /** What the name of the file ends with. */
  readonly ending: string;
  readonly type: string;
  /** Whether the audit log is read for it. */
  readonly needsLog: boolean;
  /** More items than these would be a file that nobody can use. */
  readonly itemsMax: number;
  readonly write: (scene: Scene) => Iterable<string>;
}

/** Nobody reads a bigger drawing, and no viewer shows it. */
const DRAWN_MAX = 2_000;
const ALL = Number.POSITIVE_INFINITY;

export const KINDS: readonly Kind[] = [
  {
    id: "json",
    name: "JSON",
    about: "The items as the interface gives them, with the version.",
    ending: "json",
    type: "application/json",
    needsLog: false,
    itemsMax: ALL,
    write: jsonOf,
  },
  {
    id: "csv",
    name: "CSV",
    about: "A row for each item, for spreadsheets. Nothing in it is taken for a formula.",
    ending: "csv",
    type: "text/csv",
    needsLog: true,
    itemsMax: ALL,
    write: (scene) => csvOf(reportedScene(scene)),
  },
  {
    id: "junit",
    name: "JUnit XML",
    about: "A test case for each item, for CI systems.",
    ending: "xml",
    type: "application/xml",
    needsLog: true,
    itemsMax: ALL,
    write: (scene) => junitOf(reportedScene(scene)),
  },
  {
    id: "html",
    name: "HTML report",
    about: "One page to keep or to send: every item, its attempts, why it failed.",
    ending: "html",
    type: "text/html",
    needsLog: true,
    itemsMax: ALL,
    write: (scene) => htmlReportOf(reportedScene(scene)),
  },
  {
    id: "mermaid",
    name: "Graph as Mermaid",
    about: "What needs what, as text that Mermaid draws.",
    ending: "mmd",
    type: "text/plain",
    needsLog: false,
    itemsMax: DRAWN_MAX,
    write: ({ items }) => [mermaidOf(layeredOf(items)), "\n"],
  },
  {
    id: "graph",
    name: "Graph as SVG",
    about: "What needs what, as a picture.",
    ending: "graph.svg",
    type: "image/svg+xml",
    needsLog: false,
    itemsMax: DRAWN_MAX,
    write: graphSvgOf,
  },
  {
    id: "timeline",
    name: "Timeline as SVG",
    about: "When what waited and ran, as a picture.",
    ending: "timeline.svg",
    type: "image/svg+xml",
    needsLog: true,
    itemsMax: DRAWN_MAX,
    write: timelineSvgOf,
  },
];

function* jsonOf({ project, picture, items }: Scene): Generator<string> {
  const head = { project_id: project.id, name: project.name, seq: picture.seq };
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (const [index, item] of items.entries()) yield `${index === 0 ? "" : ","}\n${JSON.stringify(item)}`;
  yield "\n]}\n";
}

/** A name that every file system takes. */
export function fileNameOf({ project, picture }: Scene, { ending }: Kind): string {
  const name = project.name.replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "");
  return `${name === "" ? "project" : name.slice(0, 60)}-${picture.seq}.${ending}`;
}
