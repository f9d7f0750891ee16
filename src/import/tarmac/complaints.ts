/** Longest line accepted, in bytes; the longest in real logs, a vector register's, have a few hundred. */
export const longestLine = 1 << 16;

/** What can be wrong with a line, by the detail of a record that says so. */
export const complaints = [
  "is not a Tarmac line",
  `is longer than ${longestLine} bytes`,
  "the recording ends in the middle of a line",
] as const;

export const Complaint = { noTarmac: 0, tooLong: 1, cutOff: 2 } as const;
