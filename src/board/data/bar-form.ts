/**
 * The form of a bar that is too small for the sign of its state, after that sign, so that no state is told by its colour alone: done is whole,
 * failed is crossed out, what is claimed is half full, ready is empty, blocked stands low, cancelled is empty and struck.
 */
import type { Lamp } from "./lamp.ts";

export interface BarForm {
  /** What of it is full, in parts of its size: left, top, width, height. */
  readonly full: readonly [x: number, y: number, w: number, h: number];
  readonly isOutlined: boolean;
  /** Lines through the middle: one, or a cross. */
  readonly strokes: 0 | 1 | 2;
}

export const BAR_FORMS: Readonly<Record<Lamp, BarForm>> = {
  blocked: { full: [0, 0.5, 1, 0.5], isOutlined: false, strokes: 0 },
  ready: { full: [0, 0, 0, 0], isOutlined: true, strokes: 0 },
  claimed: { full: [0, 0, 0.5, 1], isOutlined: true, strokes: 0 },
  failed: { full: [0, 0, 1, 1], isOutlined: false, strokes: 2 },
  done: { full: [0, 0, 1, 1], isOutlined: false, strokes: 0 },
  cancelled: { full: [0, 0, 0, 0], isOutlined: true, strokes: 1 },
};
