import type { Question } from "./question.js";
import { benefit } from "./questions/benefit.js";
import { hide } from "./questions/hide.js";
import { modes } from "./questions/modes.js";
import { nested } from "./questions/nested.js";
import { often } from "./questions/often.js";
import { real } from "./questions/real.js";
import { registers } from "./questions/registers.js";
import { worthATrap } from "./questions/worth-a-trap.js";

/** The questions of the discussion, in the order in which they are answered. */
export const questions: readonly Question[] = [
  benefit,
  modes,
  nested,
  often,
  hide,
  worthATrap,
  registers,
  real,
];
