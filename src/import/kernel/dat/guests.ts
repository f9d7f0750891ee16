import type { Dat } from "./dat.js";
import { unitOf } from "./clock.js";
import { unsupported } from "./head.js";
import type { GuestOption } from "./options.js";

/** Files of one recording of a host and its guests (`trace-cmd record ... -A GUEST`), told apart. */
export interface Together {
  readonly host: Dat;
  readonly guests: readonly Guest[];
}

/** A guest's file, and what the host's says of it. */
export interface Guest extends GuestOption {
  readonly dat: Dat;
}

/**
 * Finds out which file is the host's, whatever their order: its guests name it in their TIME_SHIFT, and it names
 * them in a GUEST option each.
 * @throws TraplineError "unsupported" for files that were not recorded together
 */
export function arrange(dats: readonly Dat[]): Together {
  const hosts = dats.filter(({ options }) => options.timeShift === undefined);
  if (hosts.length !== 1) {
    const [first] = hosts.length === 0 ? dats : hosts;
    throw unsupported(
      first.file,
      hosts.length === 0
        ? "says, like all files beside it, how it is shifted to another's time: the host's is missing"
        : `${hosts.length} of the files do not say how they are shifted to a host's time, and one host is what there can be`,
      "Name one host's file and those of guests that were recorded with it (trace-cmd record -e kvm -A GUEST -e sched)",
    );
  }
  const [host] = hosts;
  const guests = dats.filter((dat) => dat !== host).map((dat) => guestOf(host, dat));
  const twice = guests.find((guest, at) => guests.findIndex(({ traceId }) => traceId === guest.traceId) < at);
  if (twice !== undefined) throw unsupported(twice.dat.file, "the same guest is given twice", "Name it once");
  return { host, guests };
}

function guestOf(host: Dat, dat: Dat): Guest {
  const { traceId, timeShift } = dat.options;
  const known = host.options.guests.find((guest) => guest.traceId === traceId);
  if (known === undefined || timeShift?.peer !== host.options.traceId) {
    throw unsupported(
      dat.file,
      `was not recorded together with ${host.file.name}: one does not know the other by its trace id`,
      "Name files of one trace-cmd record, or import each by itself",
    );
  }
  const [own, others] = [dat, host].map((each) => unitOf(each, each.instances[0]));
  if (own !== others) {
    throw unsupported(
      dat.file,
      `its clock counts ${own}, and that of ${host.file.name} ${others}`,
      "Record both with one clock (trace-cmd record -C)",
    );
  }
  return { ...known, dat };
}
