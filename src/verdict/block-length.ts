/**
 * How long the blocks of a circular block bootstrap are to be for a sequence: the rule of D. N. Politis and H. White,
 * "Automatic Block-Length Selection for the Dependent Bootstrap" (Econometric Reviews 23, 2004), with the correction
 * of A. Patton, D. N. Politis and H. White (Econometric Reviews 28, 2009). The more a sequence depends on its own past,
 * the longer they are. Not less than the cube root of the length, which is the order of the rule.
 */
export function blockLength(sequence: Float64Array): number {
  const n = sequence.length;
  const least = Math.max(1, Math.ceil(Math.cbrt(n)));
  const most = Math.max(1, Math.ceil(Math.min(3 * Math.sqrt(n), n / 3)));
  return Math.min(most, Math.max(least, Math.ceil(optimalLength(sequence))));
}

/** 0 where the sequence never changes: it has no dependence to keep. */
function optimalLength(sequence: Float64Array): number {
  const n = sequence.length;
  const lags = Math.max(5, Math.ceil(Math.sqrt(Math.log10(n))));
  const most = Math.min(n - 1, Math.ceil(Math.sqrt(n)) + lags);
  const covariance = covariances(sequence, most);
  const [variance] = covariance;
  if (n < 2 || variance === 0) return 0;
  // The first lag after which correlations are no more than chance makes them, for a while.
  const chance = 2 * Math.sqrt(Math.log10(n) / n);
  const isSmall = (lag: number): boolean => lag > most || Math.abs(covariance[lag] / variance) < chance;
  let first = 1;
  const isQuiet = (from: number): boolean =>
    Array.from({ length: lags }, (_, at) => from + at).every((lag) => isSmall(lag));
  while (first < most && !isQuiet(first)) first++;
  const width = Math.min(most, Math.max(1, 2 * (first - 1)));
  let spectrum = variance;
  let slope = 0;
  for (let lag = 1; lag <= width; lag++) {
    // The flat-top window: whole up to half of the width, and falling to nothing at its end.
    const weight = Math.min(1, 2 * (1 - lag / width));
    spectrum += 2 * weight * covariance[lag];
    slope += 2 * weight * lag * covariance[lag];
  }
  const scale = (4 / 3) * spectrum ** 2;
  return scale === 0 ? 0 : Math.cbrt(((2 * slope ** 2) / scale) * n);
}

function covariances(sequence: Float64Array, most: number): Float64Array {
  const n = sequence.length;
  // Of whole numbers, so that what never changes has no variance at all.
  const mean = sequence.reduce((sum, value) => sum + value, 0) / n;
  const centred = sequence.map((value) => value - mean);
  return Float64Array.from({ length: most + 1 }, (_, lag) => {
    let sum = 0;
    for (let at = lag; at < n; at++) sum += centred[at] * centred[at - lag];
    return sum / n;
  });
}
