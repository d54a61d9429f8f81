import type { ReactNode } from "react";
import { Empty } from "../../ui/controls.tsx";
import type { ViewProps } from "../view.ts";

export function TimelineView({ matching }: ViewProps): ReactNode {
  return <Empty title={`${matching.length} items`}>This view comes soon.</Empty>;
}
