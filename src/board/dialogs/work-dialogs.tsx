/** What a person has to say when they take an item, and when they report on it. */
import { useState, type ReactNode } from "react";
import { personOf } from "../data/held-claims.ts";
import type { Item } from "../data/wire.ts";
import { useBoard } from "../ui/board-context.ts";
import { Button, Tick } from "../ui/controls.tsx";
import { useWork } from "../ui/use-work.ts";
import { Field } from "./field.tsx";
import { DialogButtons, DialogFrame } from "./frame.tsx";

interface WorkFormProps {
  readonly title: string;
  readonly item: Item;
  readonly verb: string;
  readonly isReady: boolean;
  /** Answers what keeps it from being done. */
  readonly onSend: () => Promise<string | undefined>;
  readonly children: ReactNode;
}

function WorkForm({ title, item, verb, isReady, onSend, children }: WorkFormProps): ReactNode {
  const { open } = useBoard();
  const [problem, setProblem] = useState<string>();
  const [isSending, setSending] = useState(false);
  const send = async (): Promise<void> => {
    setSending(true);
    const why = await onSend();
    setSending(false);
    setProblem(why);
    if (why === undefined) open(undefined);
  };
  return (
    <DialogFrame title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p className="font-medium break-words">{item.title}</p>
        {children}
        <p role="alert" className="mt-2 text-failed">
          {problem}
        </p>
        <DialogButtons>
          <Button onClick={() => open(undefined)}>Close</Button>
          <Button look="main" type="submit" disabled={isSending || !isReady}>
            {verb}
          </Button>
        </DialogButtons>
      </form>
    </DialogFrame>
  );
}

const LEASES = [
  ["15 minutes", 900_000],
  ["1 hour", 3_600_000],
  ["4 hours", 14_400_000],
  ["1 day", 86_400_000],
] as const;

export function ClaimDialog({ item }: { readonly item: Item }): ReactNode {
  const { claim } = useWork(item);
  const [agent, setAgent] = useState(() => personOf(window));
  const [leaseMs, setLease] = useState<number>(LEASES[1][1]);
  return (
    <WorkForm
      title="Claim this item?"
      item={item}
      verb="Claim"
      isReady={agent.trim() !== ""}
      onSend={() => claim(agent.trim(), leaseMs)}
    >
      <Field
        label="Your name"
        value={agent}
        onChange={setAgent}
        maxLength={128}
        required
        hint="Others see who has it. The claim is kept in this tab."
      />
      <label className="mt-3 block font-medium">
        For
        <select
          value={leaseMs}
          onChange={(event) => setLease(Number(event.target.value))}
          className="mt-1 block h-8 w-full rounded-md border border-line-strong bg-ground px-2 font-normal"
        >
          {LEASES.map(([words, ms]) => (
            <option key={ms} value={ms}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <p className="text-xs text-faint">Without a word from you it is somebody else's after that; you can extend it.</p>
    </WorkForm>
  );
}

export function CompleteDialog({ item }: { readonly item: Item }): ReactNode {
  const { report } = useWork(item);
  const [summary, setSummary] = useState("");
  const [files, setFiles] = useState(() => item.files_modified.join("\n"));
  const send = (): Promise<string | undefined> => {
    const files_modified = files
      .split("\n")
      .map((file) => file.trim())
      .filter((file) => file !== "");
    return report("complete", { result_summary: summary, files_modified }, `${item.key} is done`);
  };
  return (
    <WorkForm title="Complete this item?" item={item} verb="Complete" isReady onSend={send}>
      <Field label="What came of it" value={summary} onChange={setSummary} lines={3} maxLength={65_536} />
      <Field label="Files that changed" value={files} onChange={setFiles} lines={3} hint="One path a line." />
    </WorkForm>
  );
}

export function FailDialog({ item }: { readonly item: Item }): ReactNode {
  const { report } = useWork(item);
  const [reason, setReason] = useState("");
  const [retryable, setRetryable] = useState(true);
  const send = (): Promise<string | undefined> =>
    report("fail", { failure_reason: reason.trim(), retryable }, `${item.key} has failed`);
  return (
    <WorkForm title="Report a failure?" item={item} verb="Report" isReady={reason.trim() !== ""} onSend={send}>
      <Field label="Why it failed" value={reason} onChange={setReason} lines={3} maxLength={4_096} required />
      {item.attempts_max > 1 && (
        <Tick className="mt-3" isOn={retryable} onTick={setRetryable}>
          It may be tried again
        </Tick>
      )}
    </WorkForm>
  );
}
