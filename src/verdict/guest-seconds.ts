import type { Profile } from "../prices/profile.js";
import type { TraceHeader } from "../trace/header.js";

const secondsPerUnit: Readonly<Record<string, number>> = { ps: 1e-12, ns: 1e-9, us: 1e-6 };

/** Seconds of a clock unit: of time, or of instructions or cycles at the profile's frequency. Null for others. */
export function secondsOfUnit(
  { unit }: TraceHeader["clock"],
  profile: Pick<Profile, "clock">,
): number | null {
  const isCycles = unit === "instructions" || unit === "cycles";
  if (isCycles) return profile.clock === undefined ? null : 1e-9 / profile.clock.ghz;
  return secondsPerUnit[unit] ?? null;
}

/**
 * Seconds in the guest: by a clock of time, or by instructions or cycles at the profile's frequency. Null where
 * neither is known.
 */
export function guestSeconds(
  { clock, guestTime }: TraceHeader,
  profile: Pick<Profile, "clock">,
): number | null {
  const units = guestTime.reduce((sum, time) => sum + time, 0);
  const unit = secondsOfUnit(clock, profile);
  return unit === null || units === 0 ? null : units * unit;
}
