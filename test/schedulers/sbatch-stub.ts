import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A command `sbatch` without a Slurm: it runs a job before it returns, the tasks of an array one after another, and
 * keeps in `jobs/N` how it ended. It knows what docs/schedulers/slurm.sh says to it, and refuses the rest. Returns the
 * folder of the command, for PATH, and that of the jobs.
 */
export function writeSbatch(folder: string): { readonly bin: string; readonly jobs: string } {
  const [bin, jobs] = [join(folder, "stub"), join(folder, "jobs")];
  mkdirSync(bin);
  mkdirSync(jobs);
  const path = join(bin, "sbatch");
  writeFileSync(
    path,
    `#!/bin/sh
set -eu
jobs='${jobs}'
array= after= output=/dev/null
while [ $# -gt 0 ]; do
  case $1 in
  --array=*) array=\${1#*=} ;;
  --dependency=afterok:*) after=\${1#*=afterok:} ;;
  --output=*) output=\${1#*=} ;;
  --parsable | --kill-on-invalid-dep=yes | --cpus-per-task=* | --job-name=*) ;;
  -*) echo "sbatch: unknown option $1" >&2; exit 1 ;;
  *) break ;;
  esac
  shift
done
# The copy that Slurm makes has another name.
number=$(($(ls "$jobs" | wc -l) + 1))
job=$jobs/$number
: >"$job"
cp "$1" "$job.sh"
mv "$job.sh" '${folder}/spooled'
shift
if [ -n "$after" ] && ! grep -qx COMPLETED "$jobs/$after"; then
  echo CANCELLED >"$job"
else
  echo COMPLETED >"$job"
  tasks=none
  if [ -n "$array" ]; then
    tasks=$(echo "\${array%\\%*}" | tr , '\\n' | while IFS=- read -r first last; do seq "$first" "\${last:-$first}"; done)
  fi
  for task in $tasks; do
    [ "$task" = none ] || export SLURM_ARRAY_TASK_ID="$task"
    to=$(echo "$output" | sed "s/%a/$task/")
    SLURM_JOB_ID=$number SLURM_CPUS_PER_TASK=1 sh '${folder}/spooled' "$@" >>"$to" 2>&1 || echo FAILED >"$job"
  done
fi
echo "$number"
`,
  );
  chmodSync(path, 0o755);
  return { bin, jobs };
}
