import { metamorphic } from "./metamorphic.js";

metamorphic(25, 6);
