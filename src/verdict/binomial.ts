/** A 95 % interval of a share. */
export type Interval = readonly [low: number, high: number];

/** What an interval leaves out, on both sides together. */
export const leftOut = 0.05;

/**
 * The interval of C. J. Clopper and E. S. Pearson (Biometrika 26, 1934) for `hits` of `trials` that do not depend on
 * each other. Of none it leaves out all at one side: its end is about 3 / trials, the rule of three; and the same for
 * all. Meant for few hits, or nearly as many as trials: the work grows with the smaller number.
 */
export function clopperPearson(hits: number, trials: number): Interval {
  if (2 * hits > trials) {
    const [low, high] = clopperPearson(trials - hits, trials);
    return [1 - high, 1 - low];
  }
  if (hits === 0) return [0, -Math.expm1(Math.log(leftOut) / trials)];
  const side = leftOut / 2;
  return [
    shareWhere((share) => 1 - atMost(hits - 1, trials, share) >= side),
    shareWhere((share) => atMost(hits, trials, share) <= side),
  ];
}

/** The least share for which `holds`, which stays true once it is. */
function shareWhere(holds: (share: number) => boolean): number {
  let low = 0;
  let high = 1;
  // 60 halvings are more than a double tells apart near 0.001.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The chance of at most `hits` of `trials` with a share between 0 and 1. */
function atMost(hits: number, trials: number, share: number): number {
  // In logarithms: (1 - share) ** trials is 0 for a double much too soon.
  let term = trials * Math.log1p(-share);
  let sum = Math.exp(term);
  for (let at = 1; at <= hits; at++) {
    term += Math.log((trials - at + 1) / at) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}
