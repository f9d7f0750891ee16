import { readFileSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";
import { jobSchema, type KubernetesJob } from "./job-schema.js";
import { script } from "./lab.js";

export const manifestNames = ["plan", "pieces", "merge"] as const;

/** A manifest of docs/schedulers/kubernetes, as parsed. */
export const manifestData = (name: string): unknown =>
  parse(readFileSync(script(`kubernetes/${name}.yaml`), "utf8"), { strict: true, uniqueKeys: true });

/** The same, checked. */
export const manifest = (name: string): KubernetesJob => v.parse(jobSchema, manifestData(name));
