/**
 * What holds of every recording of a machine that worked by a recorder that missed nothing: the terms are those of
 * `kinds.ts`, the order that of kvm_arch_vcpu_load, __kvm_vcpu_run and kvm_arch_vcpu_put (arch/arm64/kvm/arm.c). The
 * numbers are for a checker's counts; names are written to headers and never change.
 */
export const Rule = {
  timeOfPoints: 0,
  timeOfAccesses: 1,
  loadedTwice: 2,
  putUnloaded: 3,
  twoOnPcpu: 4,
  twoPlaces: 5,
  entryUnloaded: 6,
  enteredTwice: 7,
  exitOutside: 8,
  accessOutside: 9,
  runsUnpaired: 10,
  late: 11,
} as const;

interface RuleText {
  readonly name: string;
  /** What breaks it. */
  readonly text: string;
  /** An honest importer may write such events; they are told of and are no fault of the recording. */
  readonly tolerated?: true;
}

/** By number. */
export const ruleTexts: readonly RuleText[] = [
  { name: "time-of-points", text: "the clock of a pCPU goes back at a load, put, run, entry or exit" },
  { name: "time-of-accesses", text: "the clock of a pCPU goes back at an access of the guest" },
  { name: "loaded-twice", text: "a vCPU is loaded that was not put" },
  { name: "put-unloaded", text: "a vCPU is put that was not loaded" },
  { name: "two-on-pcpu", text: "a vCPU is loaded on a pCPU that has another" },
  { name: "two-places", text: "a vCPU does something on one pCPU while it is loaded on another" },
  { name: "entry-unloaded", text: "a run begins or a guest is entered while its vCPU is not loaded" },
  { name: "entered-twice", text: "a guest is entered that did not exit" },
  { name: "exit-outside", text: "a guest exits that was not entered" },
  { name: "access-outside", text: "a guest reads or writes a register while it is not entered" },
  { name: "runs-unpaired", text: "a run ends that did not begin, or begins while another goes on" },
  {
    name: "late",
    text: "an access of the hypervisor stands behind later events: whose register it was showed late",
    tolerated: true,
  },
];

const byName = new Map(ruleTexts.map((each) => [each.name, each]));

/** What a rule says; a later writer may have rules that this trapline does not know. */
export const ruleText = (name: string): string => byName.get(name)?.text ?? name;
export const isTolerated = (name: string): boolean => byName.get(name)?.tolerated === true;
