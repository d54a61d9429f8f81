import { useId, useState, type ReactNode } from "react";
import { Button } from "./ui/controls.tsx";

/** What a tab without a token shows. */
export function AskToken({
  why,
  onGive,
}: {
  readonly why: string | undefined;
  readonly onGive: (token: string) => void;
}): ReactNode {
  const [text, setText] = useState("");
  const id = useId();
  return (
    <main className="grid h-full place-items-center p-4">
      <form
        className="w-full max-w-md rounded-xl border border-line bg-surface p-6 shadow-float"
        onSubmit={(event) => {
          event.preventDefault();
          onGive(text);
        }}
      >
        <h1 className="text-lg font-semibold">Signalbox</h1>
        <p className="mt-1 text-soft">
          Open the address that <code className="font-mono">signalbox serve</code> printed, or paste a token of this
          server: they stand in <code className="font-mono">server-tokens.json</code> of its state directory.
        </p>
        <label htmlFor={id} className="mt-4 block font-medium">
          Token
        </label>
        <div className="mt-1 flex gap-2">
          <input
            id={id}
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="h-8 min-w-0 flex-1 rounded-md border border-line-strong bg-ground px-2 font-mono"
          />
          <Button look="main" type="submit" className="h-8">
            Open
          </Button>
        </div>
        <p role="alert" className="mt-2 min-h-5 text-failed">
          {why}
        </p>
      </form>
    </main>
  );
}
