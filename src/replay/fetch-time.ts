/** Bytes in a second; a request that is slower than this is made anew. */
export const leastRate = 16_384;

/** Milliseconds in which a trace is here at that rate; by its identity, which begins with its length. */
export const fetchTime = (identity: string | undefined): number =>
  (1000 * (Number.parseInt(identity ?? "", 10) || 0)) / leastRate;
