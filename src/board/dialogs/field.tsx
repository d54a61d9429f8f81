import { useId, type ReactNode } from "react";

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What is wrong with it. */
  readonly problem?: string | undefined;
  readonly hint?: string;
  readonly lines?: number;
  readonly maxLength?: number;
  readonly required?: boolean;
  readonly autoFocus?: boolean;
  /** Words to choose from; any other is fine too. */
  readonly words?: readonly string[];
}

const LOOK = "mt-1 w-full rounded-md border bg-ground px-2.5 py-1.5";

export function Field({ label, value, onChange, problem, hint, lines, words, ...rest }: FieldProps): ReactNode {
  const id = useId();
  const shared = {
    id,
    value,
    spellCheck: false,
    autoComplete: "off",
    "aria-invalid": problem !== undefined,
    "aria-describedby": `${id}-hint`,
    className: `${LOOK} ${problem === undefined ? "border-line-strong" : "border-failed"}`,
    ...rest,
  };
  return (
    <div className="mt-3">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {lines === undefined ? (
        <input
          {...shared}
          {...(words !== undefined && { list: `${id}-words` })}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <textarea {...shared} rows={lines} onChange={(event) => onChange(event.target.value)} />
      )}
      {words !== undefined && (
        <datalist id={`${id}-words`}>
          {words.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
      <p id={`${id}-hint`} className={`text-xs ${problem === undefined ? "text-faint" : "text-failed"}`}>
        {problem ?? hint}
      </p>
    </div>
  );
}
