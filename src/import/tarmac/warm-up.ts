import { createLineClock } from "./clock.js";
import { createExceptionNames } from "./exception-name.js";
import { readFastLines, type FastLines } from "./fast-line.js";
import { clearRecords, createRecords } from "./records.js";
import { textOf } from "./text.js";

/**
 * Lines of every shape that the fast way reads, at times beyond 32 bits. V8 compiles a function for what it has seen
 * of it, and once more for what it sees first later: with a loop this long each time costs as much as reading 20 MB.
 */
const write = (time: number): string =>
  `${time} clk cpu0 IT (${time}) ffff8000810cca94 d51bd0a0 O EL2h_n : MSR      TPIDR2_EL0,x0\n` +
  `${time} clk cpu0 R TPIDR2_EL0 0123456789abcdef\n`;

const sample = [
  write(7_999_998_999),
  "7999999000 clk cpu0 IT (7999999000) ffff8000810cca98 d53be322 O EL2h_n : MRS      x2,CNTV_CTL_EL0\n",
  "7999999000 clk cpu0 R X2 fedcba9876543210\n",
  write(8_000_000_000),
  "8000000001 clk cpu0 IT (17) ffff8000810ccaa0 d503207f O EL1h_n : WFI\n",
  "1000000002 clk cpu1 IT (1000000002) ffff8000810ccaa4 d53be322 O EL2h_n : MRS      x2,CNTV_CTL_EL0\n",
  "8000000003 clk cpu0 IT (8000000003) ffff8000810ccaa8 d69f03e0 O EL2h_n : ERET\n",
  write(8_000_000_004),
  "8000000005 clk cpu0 E 0000000000000000 00000005 CoreEvent_LOWER_64_SYNC\n",
  "8000000005 clk cpu0 R ESR_EL2 0000000062300000\n",
  "8000000005 clk cpu0 R SPSR_EL2 0000000000000005\n",
  "8000000005 clk cpu0 R FAR_EL2 0000000000000005\n",
  write(8_000_000_006),
  write(8_000_000_006),
].join("");

/** About as often as V8 has to see a function before it remembers what it has seen. */
const rounds = 24;

let done = false;

/** Shows the fast way what it will read, once in a thread. */
export function warmUp(): void {
  if (done) return;
  done = true;
  const records = createRecords(new Int32Array(1 << 10));
  const seen = { cpu: false, es: false, gem5: false };
  const last = { cpu: 0, inMemory: false };
  const names = createExceptionNames();
  names.of("CoreEvent_LOWER_64_SYNC");
  const fast: FastLines = { records, clock: createLineClock("clk"), names, reader: { seen, last }, lines: 0 };
  // The fast way stops before the end of its text: behind lines that it has read.
  const text = textOf(Uint8Array.from(Buffer.from(`${sample}${"-".repeat(200)}`, "latin1")));
  for (let each = 0; each < rounds; each++) {
    readFastLines(fast, text, 0, text.bytes.length);
    clearRecords(records);
  }
}
