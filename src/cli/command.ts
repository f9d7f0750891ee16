import type { Argv } from "yargs";
import type { Session } from "./session.js";

/** Takes a command's work, which runs to the end of the process; a number that it returns is the exit status. */
export type Run = (work: (session: Session) => Promise<unknown>) => void;

/** A command: adds itself to the command line. Its work is loaded only when it is run. */
export type Command = (yargs: Argv, run: Run) => Argv;
