/** What the study reads of `trapline costs --recorded --json`. */
export interface RecordedCosts {
  readonly schema: "trapline.recorded-costs/1";
  readonly traps: readonly {
    readonly path: "fast" | "full";
    readonly reason: string;
    readonly outcome: string | null;
    readonly spread: {
      readonly count: number;
      readonly p10: number;
      readonly median: number;
      readonly p90: number;
    };
  }[];
}
