/** The colours of the present theme, for what is drawn rather than styled. */
import { LAMPS, type Lamp } from "../data/lamp.ts";

export interface Palette {
  readonly fill: Readonly<Record<Lamp, string>>;
  readonly line: string;
  readonly strong: string;
  readonly ink: string;
  readonly soft: string;
  readonly accent: string;
  readonly surface: string;
}

export function paletteOf(page: Element): Palette {
  const style = getComputedStyle(page);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    fill: Object.fromEntries(LAMPS.map((lamp) => [lamp, colour(`${lamp}-fill`)])) as Record<Lamp, string>,
    line: colour("line"),
    strong: colour("line-strong"),
    ink: colour("ink"),
    soft: colour("ink-soft"),
    accent: colour("accent"),
    surface: colour("surface"),
  };
}
