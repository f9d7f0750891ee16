# What is compiled and packed.

build_plugin() {
  local api=${TRAPLINE_API:-}
  # Plugins say for which API they are made, and QEMU 11 takes no older one.
  if [ -z "$api" ]; then
    case $(tool qemu-system-aarch64 --version) in
      *"version 10.0"*) api=4 ;;
      *"version 10.1"*) api=5 ;;
      *"version 10.2"*) api=6 ;;
      *) api=7 ;;
    esac
  fi
  # As the Makefile does it, on a machine that may have no make.
  cd "$here/plugin"
  "${CC:-cc}" -O2 -g -std=gnu11 -Wall -Wextra -DTRAPLINE_API="$api" -fPIC -fvisibility=hidden -shared -pthread \
    -o "$dir/trapline-recorder.so" ./*.c
}

# A compiler runs further programs, which need the newer suite's libraries as well.
wrap() {
  local loader="$root/usr/lib64/ld-linux-x86-64.so.2 --library-path $root/usr/lib/x86_64-linux-gnu"
  printf '#!/bin/sh\nexec %s --argv0 %s %s "$@"\n' "$loader" "$2" "$2" >"$dir/compiler/$1"
  chmod +x "$dir/compiler/$1"
}

build_guest() {
  local programs each cross=$root/usr/aarch64-linux-gnu
  programs=$(dirname "$(ls "$root"/usr/lib*/gcc-cross/aarch64-linux-gnu/*/cc1)")
  mkdir -p "$dir/compiler"
  for each in cc1 collect2; do wrap "$each" "$programs/$each"; done
  for each in as ld; do wrap "$each" "$root/usr/bin/aarch64-linux-gnu-$each"; done
  wrap gcc "$root/usr/bin/aarch64-linux-gnu-gcc"
  cd "$here/guest"
  local flags=(-B"$dir/compiler" -B"$cross/lib" -L"$cross/lib" -isystem "$cross/include"
    -O2 -static -pthread -std=gnu11 -Wall -Wextra -Werror)
  "$dir/compiler/gcc" "${flags[@]}" -o "$dir/vmm" vmm.c fdt.c device-tree.c
  "$dir/compiler/gcc" "${flags[@]}" -o "$dir/workload" workload.c
}

# pack FOLDER FILE
pack() {
  (cd "$1" && find . | "$(busybox_of "$root/static")" cpio -o -H newc) >"$2"
}

build_images() {
  local work=$dir/images
  rm -rf "$work"
  mkdir -p "$work"/guest/{dev,proc} "$work"/host/{bin,dev,proc,sys}
  cp "$dir/workload" "$work/guest/init"
  pack "$work/guest" "$work/host/guest.cpio"
  cp "$dir/vmm" "$work/host/"
  cp "$here/guest/host-init.sh" "$work/host/init"
  chmod +x "$work/host/init"
  cp "$(busybox_of "$target")" "$work/host/bin/busybox"
  cp "$(kernel_image)" "$work/host/Image"
  pack "$work/host" "$dir/host.cpio"
  rm -rf "$work"
}
