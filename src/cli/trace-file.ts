/** A file to replay, and the name by which the user knows it. */
export interface TraceFile {
  readonly path: string;
  readonly name: string;
  /** It was made on the fly, and goes with the session. */
  readonly made: boolean;
}
