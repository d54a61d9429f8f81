import type { ReactNode } from "react";

/** A signal with its arm up: the road is clear. */
export function Mark(): ReactNode {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" role="img" aria-label="Signalbox" className="shrink-0">
      <rect x="1" y="1" width="30" height="30" rx="8" fill="#3451d1" />
      <path
        d="M11 26V8m0 1.5 12 4-12 4"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="11" cy="26" r="2.4" fill="#fff" />
    </svg>
  );
}
