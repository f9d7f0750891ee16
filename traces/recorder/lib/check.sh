# What trapline says of the recording.

# As a command with arguments: --trapline may have some.
trapline_words() {
  if [ -n "$trapline" ]; then
    read -ra words <<<"$trapline"
  elif [ -e "$here/../../dist/src/cli/main.js" ]; then
    words=(node "$here/../../dist/src/cli/main.js")
  elif command -v trapline >/dev/null; then
    words=(trapline)
  else
    echo "trapline is not here: build the clone (npm ci && npm run build) or name it with --trapline"
    return 1
  fi
}

check() {
  local words
  trapline_words
  "${words[@]}" import "$dir/$name.tarmac.zst" -o "$dir/$name.trl"
  "${words[@]}" validate "$dir/$name.trl" | tee "$dir/$name.validate.txt"
  note "$(grep -m 1 'The model' "$dir/$name.validate.txt")"
}

summary() {
  cat <<EOF

$dir/$name.tarmac.zst   the recording
$dir/$name.trl          imported
$dir/$name.console.txt  what host and guest printed

All steps took $SECONDS s this time.
EOF
}
