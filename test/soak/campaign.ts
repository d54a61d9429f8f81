/** A long trial of the whole product under load and faults. `npm test` runs each small, `npm run soak` large. */
export interface CampaignOptions {
  readonly size: "small" | "large";
  /** The same seed makes the same choices; what the machine does in between is its own. */
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface CampaignResult {
  /** What was done, for people and for guards against a trial that tried nothing. */
  readonly figures: Readonly<Record<string, number>>;
  /** What did not hold, in words; empty when all did. */
  readonly faults: readonly string[];
}

export interface Campaign {
  /** One sentence. */
  readonly question: string;
  readonly run: (options: CampaignOptions) => Promise<CampaignResult>;
}
