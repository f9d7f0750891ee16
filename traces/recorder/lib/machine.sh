# The emulated machine and what becomes of it.

recording_inputs() {
  echo "$plugin_sources $guest_sources $suite $mode $guests $vcpus $pcpus $rounds $from $count $append"
}

record() {
  local pipe=$dir/$name.pipe out=$dir/$name.tarmac.zst console=$dir/$name.console.txt failed=0
  # A guest has 192 MB, the host what its kernel and the files of both need.
  local memory=$((768 + 224 * guests)) packer
  local arguments="console=ttyAMA0 nokaslr kvm-arm.mode=$mode guests=$guests vcpus=$vcpus rounds=$rounds"
  arguments+=${append:+ $append}
  [ "$mode" = nvhe ] || arguments=${arguments/kvm-arm.mode=vhe /}

  rm -f "$pipe" "$out" "$out.new"
  mkfifo "$pipe"
  # The text is twenty times as large as what is kept of it.
  tool zstd -q -f -3 -o "$out.new" <"$pipe" &
  packer=$!
  # QEMU is killed too where it does not end by itself; the packer then sees the end of its input.
  exec 9>"$pipe"
  timeout --foreground --kill-after=10 "$limit" nice "$root/usr/lib64/ld-linux-x86-64.so.2" \
    --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/qemu-system-aarch64" -L "$root/usr/share/qemu" \
    -M virt,virtualization=on,gic-version=3 -cpu max -smp "$pcpus" -m "$memory" \
    -accel tcg,thread=multi,tb-size=1024 -nodefaults -display none -no-reboot \
    -serial "file:$console" -kernel "$(kernel_image)" -initrd "$dir/host.cpio" -append "$arguments" \
    -plugin "$dir/trapline-recorder.so,out=$pipe,from=$from,count=$count" || failed=$?
  exec 9>&-
  wait "$packer"
  rm -f "$pipe"
  tail -n 5 "$console" || true
  [ "$failed" -ne 124 ] || { echo "the machine ran longer than $limit s; --limit allows more"; return 1; }
  [ "$failed" -eq 0 ] || { echo "QEMU ended with status $failed"; return 1; }
  grep -q "host: done, 0 guest(s) failed" "$console" || { echo "not all guests ended well: $console"; return 1; }
  mv "$out.new" "$out"
  note "$out: $(du -h "$out" | cut -f 1)"
}
