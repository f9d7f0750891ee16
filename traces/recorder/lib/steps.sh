# Steps that leave a stamp: what they were made from, and how long they took.

# Of the step at hand; a trap sees no local variables.
step_log='' step_begun=0 step_job=''

# Ends all that the step has started, the machine too.
step_stopped() {
  trap - EXIT
  [ -z "$step_job" ] || kill -TERM -- "-$step_job" 2>/dev/null || true
  printf 'stopped; the same command goes on from here\n'
  exit 130
}
trap step_stopped INT TERM

step_failed() {
  printf 'failed after %s s; the end of %s:\n' "$((SECONDS - step_begun))" "$step_log"
  tail -n 15 "$step_log"
}

# step NAME TITLE INPUTS COMMAND: runs COMMAND unless it was done before with the same inputs.
step() {
  local stamp=$dir/stamps/$1
  mkdir -p "$dir/stamps" "$dir/logs"
  if [ -e "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$3" ]; then
    printf '%-16s %s: done before, in %s s\n' "$1" "$2" "$(sed -n 2p "$stamp")"
    return
  fi
  rm -f "$stamp" "$dir/note"
  step_log=$dir/logs/$1.log
  step_begun=$SECONDS
  printf '%-16s %s ... ' "$1" "$2"
  trap step_failed EXIT
  # A group of processes of its own, which can be ended as a whole.
  set -m
  (set -e; "$4") >"$step_log" 2>&1 </dev/null &
  step_job=$!
  set +m
  # Not in a condition: `set -e` is what ends the script.
  wait "$step_job"
  step_job=''
  trap - EXIT
  printf '%s s\n' "$((SECONDS - step_begun))"
  [ ! -s "$dir/note" ] || sed 's/^/                 /' "$dir/note"
  rm -f "$dir/note"
  printf '%s\n%s\n' "$3" "$((SECONDS - step_begun))" >"$stamp.new"
  mv "$stamp.new" "$stamp"
}

# Makes a step run again.
forget() {
  rm -f "$dir/stamps/$1"
}

# What a step wants to be read on the terminal.
note() {
  printf '%s\n' "$*" >>"$dir/note"
}

# One word for all sources in a folder: a change makes what is built from them be built again.
sources() {
  cat "$here/$1"/* | sha256sum | cut -c 1-16
}
