#!/bin/sh
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --mem=1G
#SBATCH --time=4:00:00
# A replay in pieces as a Slurm job array; docs/schedulers.md explains it.
#
#     docs/schedulers/slurm.sh FOLDER PIECES TRACE... [options of `trapline plan`]
#
# submits three jobs: the plan, an array of the pieces whose parts are missing, and the merge, each when the one before
# went well. It prints the number of the last one. Run it again after a failure. THROTTLE is how many pieces run at a
# time, THREADS how many threads each has, TRAPLINE the command; SBATCH_PARTITION, SBATCH_ACCOUNT and the like are
# sbatch's own. FOLDER and the traces are on a file system that all nodes see under the same path.
set -eu

trapline=${TRAPLINE:-trapline}

usage() {
  echo "usage: slurm.sh FOLDER PIECES TRACE... [options of trapline plan]" >&2
  exit 2
}

part() { printf '%s/part-%s-of-%s.json\n' "$folder" "$1" "$pieces"; }

# Numbers of the parts that are missing, with commas, ranges as ranges: 1-3,7. A part has its name when it is whole.
missing() {
  first= last= list=
  piece=1
  while [ "$piece" -le "$((pieces + 1))" ]; do
    if [ "$piece" -le "$pieces" ] && [ ! -e "$(part "$piece")" ]; then
      first=${first:-$piece}
      last=$piece
    elif [ -n "$first" ]; then
      [ "$first" = "$last" ] || first=$first-$last
      list=$list${list:+,}$first
      first=
    fi
    piece=$((piece + 1))
  done
  echo "$list"
}

submit() {
  [ $# -ge 3 ] || usage
  folder=$1
  pieces=$2
  case $pieces in '' | 0* | *[!0-9]*) usage ;; esac
  mkdir -p "$folder/logs"
  # A job whose forerunner failed would wait for ever.
  chained="--parsable --kill-on-invalid-dep=yes --cpus-per-task=${THREADS:-1}"
  # shellcheck disable=SC2086 # options, one a word
  after=$(sbatch $chained --job-name=trapline-plan --output="$folder/logs/plan" "$0" :plan "$@")
  tasks=$(missing)
  if [ -n "$tasks" ]; then
    # shellcheck disable=SC2086
    after=$(sbatch $chained --job-name=trapline-piece --output="$folder/logs/piece-%a" \
      --dependency="afterok:$after" --array="$tasks%${THROTTLE:-100}" "$0" :piece "$folder" "$pieces")
  fi
  # shellcheck disable=SC2086
  sbatch $chained --job-name=trapline-merge --output="$folder/logs/merge" --dependency="afterok:$after" \
    "$0" :merge "$folder" "$pieces"
}

plan() {
  folder=$1
  shift 2
  "$trapline" plan "$@" -o "$folder/plan.new"
  if [ -e "$folder/plan.json" ] && ! cmp -s "$folder/plan.new" "$folder/plan.json"; then
    rm "$folder/plan.new"
    echo "slurm.sh: $folder holds the parts of another plan: name another folder" >&2
    exit 1
  fi
  mv "$folder/plan.new" "$folder/plan.json"
}

# --resume: a piece that was requeued, or ran out of time, goes on where its journal ends.
piece() {
  "$trapline" replay --plan "$1/plan.json" --shard "$SLURM_ARRAY_TASK_ID/$2" --threads "${SLURM_CPUS_PER_TASK:-1}" \
    --resume -o "$1/part-$SLURM_ARRAY_TASK_ID-of-$2.json"
}

merge() {
  folder=$1
  pieces=$2
  piece=1
  set --
  while [ "$piece" -le "$pieces" ]; do
    set -- "$@" "$(part "$piece")"
    piece=$((piece + 1))
  done
  "$trapline" merge "$@" --json -o "$folder/result.json"
}

# A job runs a copy of this script, with what it is to do as its first word.
case ${1:-} in
:plan | :piece | :merge)
  task=${1#:}
  shift
  "$task" "$@"
  ;;
*) submit "$@" ;;
esac
