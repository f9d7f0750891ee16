/** What one run of a case gives. */
export interface Sample {
  readonly seconds: readonly number[];
  /** Peak resident memory, MB. */
  readonly peak?: number;
  /** Seconds of it in which the trace was prepared. */
  readonly prepare?: readonly number[];
}

/** Something to be measured. */
export interface Case {
  /** What it is measured on; cases of one input are compared with each other. */
  readonly input: string;
  readonly name: string;
  /** What a run handles, in units a second; 0 where only the time matters. */
  readonly amount: number;
  readonly unit: string;
  /** What bounds it. */
  readonly limit: string;
  readonly run: () => Promise<Sample> | Sample;
}

/** A case with all its runs. */
export interface Measured {
  readonly input: string;
  readonly name: string;
  readonly amount: number;
  readonly unit: string;
  readonly limit: string;
  /** Sorted. */
  readonly seconds: readonly number[];
  readonly peak: number | undefined;
  readonly prepare: number | undefined;
}

/** What could not be measured, and why. */
export interface Missing {
  readonly input: string;
  readonly name: string;
  readonly why: string;
}

export type Outcome = Measured | Missing;

export const isMeasured = (outcome: Outcome): outcome is Measured => "seconds" in outcome;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs cases one behind the other, `rounds` times: what else the machine does meets all of them. */
export async function measure(cases: readonly Case[], rounds: number): Promise<Measured[]> {
  const samples = cases.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, each] of cases.entries()) samples[at].push(await each.run());
  }
  return cases.map(({ run: _run, ...each }, at): Measured => {
    const peaks = samples[at].flatMap(({ peak }) => (peak === undefined ? [] : [peak]));
    const prepares = samples[at].flatMap(({ prepare = [] }) => prepare);
    return {
      ...each,
      seconds: samples[at].flatMap(({ seconds }) => seconds).toSorted((a, b) => a - b),
      peak: peaks.length === 0 ? undefined : Math.max(...peaks),
      prepare: prepares.length === 0 ? undefined : median(prepares),
    };
  });
}
