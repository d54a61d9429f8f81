import type { ReactNode } from "react";

export interface SectionProps {
  readonly title: string;
  /** Beside the title. */
  readonly aside?: ReactNode;
  /** Closed until somebody opens it. */
  readonly folded?: boolean;
  readonly children: ReactNode;
}

export function Section({ title, aside, folded = false, children }: SectionProps): ReactNode {
  if (folded)
    return (
      <details className="mt-5">
        <summary className="cursor-pointer text-xs font-semibold text-soft">{title}</summary>
        <div className="mt-2">{children}</div>
      </details>
    );
  return (
    <section className="mt-5">
      <h3 className="mb-1.5 flex items-baseline justify-between gap-2 text-xs font-semibold text-soft">
        {title}
        {aside !== undefined && <span className="font-normal text-faint">{aside}</span>}
      </h3>
      {children}
    </section>
  );
}
