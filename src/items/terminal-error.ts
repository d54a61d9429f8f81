/**
 * Thrown by a task's function when trying again is of no use: the item fails at once, whatever attempts are left.
 * Any thrown object with an own property `retryable: false` does the same.
 */
export class TerminalError extends Error {
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TerminalError";
  }
}
