import * as v from "valibot";

/**
 * The fields of a batch/v1 Job that docs/schedulers/kubernetes uses, and no others: a field that is misspelt, or in the
 * wrong place, is refused as a server does that is asked to be strict.
 * Source: Kubernetes API reference v1.33, Job batch/v1 and PodSpec core/v1 (api/openapi-spec/swagger.json: io.k8s.api.
 * batch.v1.JobSpec, PodFailurePolicyRule, io.k8s.api.core.v1.PodSpec, Container); the checks at the end are those of
 * pkg/apis/batch/validation/validation.go.
 */
const int32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
// RFC 1123: a label; names of a Job are also the beginning of its pods' names.
const label = v.pipe(v.string(), v.maxLength(63), v.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/));
const labelKey = v.pipe(v.string(), v.regex(/^([a-z0-9.-]+\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/));
const labelValue = v.pipe(
  v.string(),
  v.maxLength(63),
  v.regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/),
);
const labels = v.record(labelKey, labelValue);
const quantity = v.pipe(v.string(), v.regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/));
const amounts = v.strictObject({ cpu: v.exactOptional(quantity), memory: v.exactOptional(quantity) });
const variable = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)),
  // Of YAML's kinds this has to be text: a bare 64 is refused.
  value: v.string(),
});

const container = v.strictObject({
  name: label,
  image: v.pipe(v.string(), v.nonEmpty()),
  workingDir: v.exactOptional(v.string()),
  env: v.exactOptional(v.array(variable)),
  command: v.exactOptional(v.array(v.string())),
  args: v.exactOptional(v.array(v.string())),
  resources: v.exactOptional(
    v.strictObject({ requests: v.exactOptional(amounts), limits: v.exactOptional(amounts) }),
  ),
  volumeMounts: v.exactOptional(
    v.array(v.strictObject({ name: label, mountPath: v.pipe(v.string(), v.startsWith("/")) })),
  ),
});

const podSpec = v.pipe(
  v.strictObject({
    // Of a Job; pods of other kinds may have "Always".
    restartPolicy: v.picklist(["Never", "OnFailure"]),
    securityContext: v.exactOptional(
      v.strictObject({
        runAsNonRoot: v.exactOptional(v.boolean()),
        runAsUser: v.exactOptional(int32),
        fsGroup: v.exactOptional(int32),
      }),
    ),
    containers: v.pipe(v.array(container), v.minLength(1)),
    volumes: v.exactOptional(
      v.array(v.strictObject({ name: label, persistentVolumeClaim: v.strictObject({ claimName: label }) })),
    ),
  }),
  v.check(({ containers, volumes = [] }) => {
    const known = new Set(volumes.map(({ name }) => name));
    return containers.every(({ volumeMounts = [] }) => volumeMounts.every(({ name }) => known.has(name)));
  }, "a volume is mounted that is not there"),
);

const exitCodes = v.strictObject({
  containerName: v.exactOptional(label),
  operator: v.picklist(["In", "NotIn"]),
  values: v.pipe(v.array(int32), v.minLength(1), v.maxLength(255)),
});
const condition = v.strictObject({
  type: v.string(),
  status: v.exactOptional(v.picklist(["True", "False", "Unknown"])),
});
const action = v.picklist(["Ignore", "FailJob", "FailIndex", "Count"]);
const failureRule = v.union([
  v.strictObject({ action, onExitCodes: exitCodes }),
  v.strictObject({ action, onPodConditions: v.pipe(v.array(condition), v.minLength(1), v.maxLength(20)) }),
]);

export const jobSchema = v.strictObject({
  apiVersion: v.literal("batch/v1"),
  kind: v.literal("Job"),
  metadata: v.strictObject({ name: label, labels: v.exactOptional(labels) }),
  spec: v.pipe(
    v.strictObject({
      completionMode: v.exactOptional(v.picklist(["NonIndexed", "Indexed"])),
      completions: v.exactOptional(int32),
      parallelism: v.exactOptional(int32),
      backoffLimit: v.exactOptional(int32),
      backoffLimitPerIndex: v.exactOptional(int32),
      maxFailedIndexes: v.exactOptional(int32),
      podFailurePolicy: v.exactOptional(
        v.strictObject({ rules: v.pipe(v.array(failureRule), v.maxLength(20)) }),
      ),
      template: v.strictObject({ metadata: v.strictObject({ labels }), spec: podSpec }),
    }),
    v.check(
      ({ completionMode, completions }) => completionMode !== "Indexed" || completions !== undefined,
      "an Indexed Job has completions",
    ),
    v.check(
      ({ completionMode, backoffLimitPerIndex, template }) =>
        backoffLimitPerIndex === undefined ||
        (completionMode === "Indexed" && template.spec.restartPolicy === "Never"),
      "backoffLimitPerIndex is for an Indexed Job whose pods are never restarted",
    ),
    v.check(
      ({ maxFailedIndexes = 0, backoffLimitPerIndex, completions = 0 }) =>
        maxFailedIndexes === 0 || (backoffLimitPerIndex !== undefined && maxFailedIndexes <= completions),
      "maxFailedIndexes goes with backoffLimitPerIndex, and is no more than completions",
    ),
    v.check(
      ({ podFailurePolicy, template: { spec } }) =>
        podFailurePolicy === undefined ||
        (spec.restartPolicy === "Never" &&
          podFailurePolicy.rules.every(
            (rule) =>
              !("onExitCodes" in rule) ||
              rule.onExitCodes.containerName === undefined ||
              spec.containers.some(({ name }) => name === rule.onExitCodes.containerName),
          )),
      "podFailurePolicy is for pods that are never restarted, and names their containers",
    ),
    v.check(
      ({ podFailurePolicy, backoffLimitPerIndex }) =>
        backoffLimitPerIndex !== undefined ||
        podFailurePolicy?.rules.every((rule) => rule.action !== "FailIndex") !== false,
      "FailIndex goes with backoffLimitPerIndex",
    ),
  ),
});

export type KubernetesJob = v.InferOutput<typeof jobSchema>;
