/** A long trial of the whole product under load and faults. `npm test` runs each small, `npm run soak` large. */
export interface CampaignOptions {
  readonly size: "small" | "large";
  /** The same seed makes the same choices; what the machine does in between is its own. */
  readonly seed: number;
  readonly say: (line: string) => void;
  /** How far it is: told to people now and then, and when it is cut off. */
  readonly progress?: (figures: Figures, faults: readonly string[]) => void;
}

/** What was done, for people and for guards against a trial that tried nothing. */
export type Figures = Readonly<Record<string, number>>;

export interface CampaignResult {
  readonly figures: Figures;
  /** What did not hold, in words; empty when all did. */
  readonly faults: readonly string[];
}

export interface Campaign {
  /** One sentence. */
  readonly question: string;
  readonly run: (options: CampaignOptions) => Promise<CampaignResult>;
}
