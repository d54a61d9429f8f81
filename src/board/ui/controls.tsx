/** Buttons and small signs, one look for all of them. */
import type { ComponentProps, ReactNode } from "react";

const BASE =
  "inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-50";
const LOOKS = {
  plain: "border border-line bg-surface text-ink hover:border-line-strong hover:bg-raised h-7 px-2.5",
  main: "bg-accent text-accent-ink hover:opacity-90 h-7 px-3",
  danger: "border border-line bg-surface text-failed hover:border-failed h-7 px-2.5",
  quiet: "text-soft hover:bg-sunken hover:text-ink h-7 px-2",
} as const;

type Look = keyof typeof LOOKS;

export function Button({
  look = "plain",
  className = "",
  type = "button",
  ...rest
}: ComponentProps<"button"> & { readonly look?: Look }): ReactNode {
  return <button type={type} className={`${BASE} ${LOOKS[look]} ${className}`} {...rest} />;
}

/** The look of a link with a picture alone. */
export const ICON_LINK = `${BASE} tip size-7 text-soft hover:bg-sunken hover:text-ink`;

/** A button with a picture alone; `label` is its name, and with `keys` its tip. */
export function IconButton({
  label,
  keys,
  className = "",
  children,
  ...rest
}: ComponentProps<"button"> & { readonly label: string; readonly keys?: string }): ReactNode {
  return (
    <button
      type="button"
      aria-label={label}
      data-tip={keys === undefined ? label : `${label} · ${keys}`}
      className={`${ICON_LINK} ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}

export function Kbd({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <kbd className="rounded border border-line-strong bg-sunken px-1 font-mono text-2xs leading-4 text-soft">
      {children}
    </kbd>
  );
}

/** `AD` for ada, `A7` for agent-7: a crowd of agents is told apart by the ends of their names. */
function initialsOf(name: string): string {
  const [first = "", second = ""] = name;
  const [end] = /\d$/.exec(name) ?? [];
  return `${first}${end ?? second}`;
}

/** The first letters of a name, in a colour that follows from it. */
export function Avatar({ name, size = 24 }: { readonly name: string; readonly size?: number }): ReactNode {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  const style = {
    width: size,
    height: size,
    fontSize: size * 0.42,
    background: `oklch(0.46 0.1 ${hash})`,
    color: "white",
  };
  return (
    <span
      aria-hidden
      style={style}
      className="inline-flex shrink-0 items-center justify-center rounded-full font-semibold uppercase"
    >
      {initialsOf(name)}
    </span>
  );
}

/** How far something is; without a value it is only known to be under way. */
export function ProgressBar({
  value,
  label,
}: {
  readonly value: number | undefined;
  readonly label: string;
}): ReactNode {
  const percent = value === undefined ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent !== undefined && { "aria-valuenow": percent })}
      className="h-1 overflow-hidden rounded-full bg-sunken"
    >
      <div
        data-lamp="claimed"
        style={{ width: `${percent ?? 100}%` }}
        className={`lamp-bar h-full rounded-full transition-[width] duration-300 ${percent === undefined ? "live-stripes opacity-45" : ""}`}
      />
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <div className="flex flex-col items-center justify-center gap-1 px-6 py-10 text-center">
      <p className="font-medium text-soft">{title}</p>
      {children !== undefined && <div className="max-w-prose text-faint">{children}</div>}
    </div>
  );
}

interface TickProps {
  readonly isOn: boolean;
  readonly onTick: (isOn: boolean) => void;
  readonly className: string;
  readonly children: string;
}

/** A question with two answers. */
export function Tick({ isOn, onTick, className, children }: TickProps): ReactNode {
  return (
    <label className={`${className} flex items-center gap-2`}>
      <input
        type="checkbox"
        className="accent-accent"
        checked={isOn}
        onChange={(event) => onTick(event.target.checked)}
      />
      {children}
    </label>
  );
}
