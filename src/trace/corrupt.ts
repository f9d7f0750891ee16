import { TraplineError, type Place } from "../errors.js";

/** The error for a trace that is not as it was written. */
export function corrupt(message: string, place: Place): TraplineError {
  return new TraplineError(
    "corrupt",
    message,
    place,
    "Import the recording again; `trapline check` says more, and `trapline replay --on-corrupt skip` reads the rest",
  );
}
