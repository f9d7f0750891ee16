import type { Profile } from "../prices/profile.js";
import type { TraceHeader } from "../trace/header.js";

const secondsPerUnit: Readonly<Record<string, number>> = { ps: 1e-12, ns: 1e-9, us: 1e-6 };

/**
 * Seconds in the guest: by a clock of time, or by instructions or cycles at the profile's frequency. Null where
 * neither is known.
 */
export function guestSeconds(
  { clock, guestTime }: TraceHeader,
  profile: Pick<Profile, "clock">,
): number | null {
  const units = guestTime.reduce((sum, time) => sum + time, 0);
  const isCycles = clock.unit === "instructions" || clock.unit === "cycles";
  const unit = isCycles
    ? profile.clock === undefined
      ? undefined
      : 1e-9 / profile.clock.ghz
    : secondsPerUnit[clock.unit];
  return unit === undefined || units === 0 ? null : units * unit;
}
