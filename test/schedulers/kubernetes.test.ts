/** The manifests of docs/schedulers/kubernetes: their schema, and what they say to each other. No cluster runs them. */
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { jobSchema } from "./job-schema.js";
import { manifest, manifestData, manifestNames } from "./manifests.js";

describe("the manifests for Kubernetes", () => {
  it.each(manifestNames)("%s.yaml is a Job", (name) => {
    expect(v.safeParse(jobSchema, manifestData(name)).issues).toBeUndefined();
  });

  it("number their pieces alike", () => {
    const pieces = manifest("pieces").spec;
    const merge = manifest("merge").spec;
    for (const { template } of [pieces, merge]) {
      expect(template.spec.containers[0].env).toEqual([
        { name: "PIECES", value: String(pieces.completions) },
      ]);
    }
    expect(pieces).toMatchObject({ completionMode: "Indexed", backoffLimitPerIndex: 2 });
  });

  it("run one image on one volume", () => {
    const specs = manifestNames.map((name) => manifest(name).spec.template.spec);
    for (const key of ["image", "workingDir", "volumeMounts"] as const) {
      expect(new Set(specs.map(({ containers }) => JSON.stringify(containers[0][key]))).size).toBe(1);
    }
    expect(new Set(specs.map(({ volumes }) => JSON.stringify(volumes))).size).toBe(1);
  });

  it("would be refused with a field that is not there, a wrong kind, or what does not go together", () => {
    const changed = (change: (spec: Record<string, unknown>) => void): boolean => {
      const job = manifest("pieces");
      const spec: Record<string, unknown> = structuredClone(job.spec);
      change(spec);
      return v.safeParse(jobSchema, { ...job, spec }).success;
    };
    expect(changed(() => undefined)).toBe(true);
    const cases: readonly ((spec: Record<string, unknown>) => void)[] = [
      (spec) => (spec["backofLimitPerIndex"] = 2),
      (spec) => (spec["completions"] = "64"),
      (spec) => delete spec["completions"],
      (spec) => delete spec["template"],
      (spec) => (spec["completionMode"] = "NonIndexed"),
      (spec) => (spec["maxFailedIndexes"] = 65),
      (spec) => delete spec["backoffLimitPerIndex"],
      (spec) => (spec["podFailurePolicy"] = { rules: [{ action: "Give up", onPodConditions: [] }] }),
    ];
    for (const change of cases) expect(changed(change)).toBe(false);
  });
});
