import { randomTraces, seed } from "./long-seed.js";
import { metamorphic } from "./metamorphic.js";

metamorphic(randomTraces(500), seed);
