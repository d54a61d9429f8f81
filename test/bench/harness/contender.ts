/** What a rotation needs to know of whoever takes part. */
export interface Contender {
  readonly name: string;
  /** At most this many rounds, for contenders that take too long. */
  readonly roundsMax?: number;
}
