import { modeName } from "../report/html/charts/names.js";
import type { Cell } from "../report/text-table.js";
import type { Study } from "./study.js";

/** What stands before and after the answers, in either form. */

export const studyTitle = 'What recordings say to "Only save S1PIE registers when dirty"';

/** Where the discussion is kept. */
const thread = "20240301-kvm-arm64-defer-regs-v1-1-401e3de92e97";

export const opening = ({ whole, tool }: Study): readonly string[] => [
  `In March 2024 a patch proposed that KVM/arm64 save PIR_EL1 and PIRE0_EL1 only when the guest has written them, found out by trapping its first write (M. Brown, "KVM: arm64: Only save S1PIE registers when dirty", message id ${thread}). The thread asked questions that nobody had data for. Here each is put to recorded guests. trapline replays what a guest did under each policy and counts traps, saves and restores; a profile of prices turns counts into cost.`,
  "All figures below, and each word that depends on the sign of one, come out of the commands that stand with them.",
  whole
    ? `Made by ${tool} from the whole recordings. The beginnings of the same recordings come with the source under \`traces/\`; figures of these differ.`
    : `Made by ${tool} from the cuts that come with the source under \`traces/\`: the beginnings of the recordings, in which booting weighs more. The whole recordings give other figures.`,
];

export const recordingTable = ({ recordings }: Study): readonly (readonly Cell[])[] => [
  ["recording", "host", "lines", "events", "vCPUs", "guest exits", "windows"],
  ...recordings.map(({ name, mode, lines, events, vcpus, guestExits, windows }) => {
    return [name, modeName(mode), lines, events, vcpus, guestExits, windows];
  }),
];

export const aboutRecordings: readonly string[] = [
  "An emulated arm64 machine (QEMU, `-cpu max`, two CPUs) booted Linux as a KVM host, and a Linux guest with two vCPUs on it, which booted and ran a small workload: fork and exec, pipes, threads, mmap, signals, sleeps. Each system register access, exception and `ERET` was logged; the clock is the number of instructions executed. `kvm-vhe` and `kvm-nvhe` are Debian's Linux 7.2 with KVM as it is. `chatty-vhe` is the counter-example: its host is patched with dirty-save, its guest to rewrite PIE and other registers often. A window is the span from a restore to the next save: load to put on VHE, a run on nVHE, where windows of the host's context are counted too.",
];

export const aboutPrices: readonly string[] = [
  "A price has a least, a likely and a greatest value with a source for each; `trapline costs` prints them. Most are assumed, because nobody has published them; how many of a profile's were measured is in the table. Three ways to say how sure a sign is are used: in how many of 10,000 draws from the ranges it is that of the likely prices; the middle 90 % of the draws; and the least and the greatest difference at any combination of prices. A sign is called settled from 95 % of the draws on. Negative: the policy costs less than eager. Ranges are lopsided, so the likely difference may lie outside the middle 90 % of the draws. Shares of all executed take one instruction for one cycle. Intervals of chance are of 95 %, by resampling blocks of windows (`bootstrap`), by Clopper and Pearson where none or all trap (`clopper-pearson`), or wide enough for either where few do (`both`).",
];

/** A line on each profile: name and words. */
export const priceRows = ({ prices }: Study): readonly (readonly [string, string])[] =>
  prices.map(({ name, measured, summary }) => [name, `(${measured} prices measured): ${summary}`]);

/** The lines with which a reader makes the same traces. */
export const repeatLines = ({ recordings, whole }: Study): readonly string[] =>
  recordings.map(({ name }) => {
    const from = whole ? `${name}.tarmac` : `traces/${name}.tarmac.zst`;
    return `trapline import ${from} -o ${name}.trl`;
  });

export const closing: readonly string[] = [
  "One guest kernel, one workload, one emulated machine. Whether another guest writes as this one did, what a trap costs on a given core, and what a recording did not see, none of this says. Intervals of chance hold at the likely prices and take the recording to be stationary; the draws of prices hold for the counts as recorded. A recorded KVM's own behaviour is data; a hypothetical policy's is arithmetic over it.",
];

/** The answers in a line each. */
export const summaryRows = ({ answers }: Study): readonly (readonly [string, string])[] =>
  answers.map(({ title, short }) => [title, short]);
