/** A thread that helps with an import: reads parts of a text, and makes records of them. */
import { parentPort, workerData } from "node:worker_threads";
import { workOnParts } from "../src/import/tarmac/parts/thread.js";

if (parentPort !== null) workOnParts(workerData, parentPort);
