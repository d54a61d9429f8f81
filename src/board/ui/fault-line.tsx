import { Component, type ReactNode } from "react";
import { Button, Empty } from "./controls.tsx";

interface FaultLineProps {
  /** What it keeps a fault in; one that changes is tried again. */
  readonly about: string;
  readonly children: ReactNode;
}

/** A fault in one part of the page stays there: the rest goes on, and the part says what happened. */
export class FaultLine extends Component<FaultLineProps, { readonly fault?: Error | undefined }> {
  override readonly state: { readonly fault?: Error | undefined } = {};

  static getDerivedStateFromError(fault: Error): { readonly fault: Error } {
    return { fault };
  }

  override componentDidUpdate({ about }: FaultLineProps): void {
    if (about !== this.props.about && this.state.fault !== undefined) this.setState({ fault: undefined });
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return (
      <Empty title="This part of the page broke. That is a bug.">
        <p role="alert" className="break-words">
          {fault.message}
        </p>
        <Button className="mt-2" onClick={() => this.setState({ fault: undefined })}>
          Try again
        </Button>
      </Empty>
    );
  }
}
