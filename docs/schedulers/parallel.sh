#!/bin/sh
# A replay in pieces under GNU parallel, here or on other machines; docs/schedulers.md explains it.
#
#     docs/schedulers/parallel.sh FOLDER PIECES TRACE... [options of `trapline plan`]
#
# Run it again after a failure: it does the pieces whose parts are missing. Options of parallel itself, such as
# `--sshlogin node1,node2`, go into the variable PARALLEL; JOBS is how many pieces run at a time on a machine, THREADS
# how many threads each of them has, TRAPLINE the command.
set -eu

usage() {
  echo "usage: parallel.sh FOLDER PIECES TRACE... [options of trapline plan]" >&2
  exit 2
}
[ $# -ge 3 ] || usage
folder=$1
pieces=$2
shift 2
case $pieces in '' | 0* | *[!0-9]*) usage ;; esac
trapline=${TRAPLINE:-trapline}

mkdir -p "$folder"
"$trapline" plan "$@" -o "$folder/plan.new"
if [ -e "$folder/plan.json" ] && ! cmp -s "$folder/plan.new" "$folder/plan.json"; then
  rm "$folder/plan.new"
  echo "parallel.sh: $folder holds the parts of another plan: name another folder" >&2
  exit 1
fi
mv "$folder/plan.new" "$folder/plan.json"

part() { printf '%s/part-%s-of-%s.json\n' "$folder" "$1" "$pieces"; }

# A part has its name when it is whole, and not before: what has one is done.
piece=1
while [ "$piece" -le "$pieces" ]; do
  [ -e "$(part "$piece")" ] || echo "$piece"
  piece=$((piece + 1))
done >"$folder/missing"

# --quote: a folder's name may have spaces. --workdir: paths in a plan are those of this folder, on every machine. --resume: a piece that was killed goes on
# where its journal ends. --halt soon: pieces that were begun are finished when one fails.
if [ -s "$folder/missing" ]; then
  parallel --quote --jobs "${JOBS:-100%}" --workdir "$PWD" --halt soon,fail=1 \
    "$trapline" replay --plan "$folder/plan.json" --shard "{}/$pieces" --threads "${THREADS:-1}" --resume \
    -o "$folder/part-{}-of-$pieces.json" <"$folder/missing"
fi

piece=1
set --
while [ "$piece" -le "$pieces" ]; do
  set -- "$@" "$(part "$piece")"
  piece=$((piece + 1))
done
"$trapline" merge "$@" --json -o "$folder/result.json"
