# Debian's packages of a newer suite, unpacked into a folder of their own: nothing is installed, no root is needed.

root=$dir/root    # programs that run here
target=$dir/arm64 # what runs in the emulated machine

need_tools() {
  local tool missing=()
  for tool in apt-get dpkg-deb "${CC:-cc}" sha256sum timeout mkfifo; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "record.sh: not here: ${missing[*]}; on Debian: apt-get install apt dpkg gcc libc6-dev coreutils" >&2
    exit 1
  fi
  [ "$(dpkg --print-architecture)" = amd64 ] || {
    echo "record.sh: made for x86-64; this is $(dpkg --print-architecture)" >&2
    exit 1
  }
  [ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || {
    echo "record.sh: the keys of Debian's archive are not here: apt-get install debian-archive-keyring" >&2
    exit 1
  }
}

# The archive that apt already uses, so that a mirror or a proxy set up there is used here too.
find_mirror() {
  [ -z "$mirror" ] || return 0
  mirror=$(apt-get indextargets --format "\$(REPO_URI)" 'Label: Debian' 'Component: main' 2>/dev/null | head -n 1) || true
  mirror=${mirror:-http://deb.debian.org/debian}
  mirror=${mirror%/}
}

# apt with lists, archives and state of its own, and the rest of the machine's configuration (proxies, times).
private_apt() {
  mkdir -p "$dir"/apt/{lists/partial,archives/partial}
  : >>"$dir/apt/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" \
    >"$dir/apt/sources.list"
  cat >"$dir/apt/apt.conf" <<EOF
Dir::Etc::sourcelist "$dir/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "-";
Dir::State "$dir/apt";
Dir::State::status "$dir/apt/status";
Dir::Cache "$dir/apt";
Dir::Log "$dir/apt";
APT::Architecture "amd64";
APT::Architectures { "amd64"; "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
DPkg::Post-Invoke { };
EOF
  APT_CONFIG=$dir/apt/apt.conf "$@"
}

fetch_lists() {
  private_apt apt-get update
}

# The kernel itself is not in the package that names the newest one.
kernel_packages() {
  private_apt apt-cache depends --important linux-image-cloud-arm64:arm64 |
    sed -n 's/^ *Depends: \(linux-image-[0-9][^:]*-cloud-arm64\).*/\1/p' | head -n 1
}

fetch_packages() {
  local kernel version file
  private_apt apt-get install --download-only --yes qemu-system-arm zstd gcc-aarch64-linux-gnu libc6-dev-arm64-cross
  # Of another suite, or of before the suite moved on.
  private_apt apt-get autoclean
  rm -rf "$root" "$target"
  mkdir -p "$root" "$target"
  for file in "$dir"/apt/archives/*_{amd64,all}.deb; do dpkg-deb -x "$file" "$root"; done

  kernel=$(kernel_packages)
  [ -n "$kernel" ] || { echo "$suite has no linux-image-cloud-arm64 for arm64"; return 1; }
  mkdir -p "$dir/apt/arm64"
  cd "$dir/apt/arm64"
  rm -f -- *.deb
  # Older suites have the kernel in linux-image, newer ones in linux-binary.
  private_apt apt-get download "$kernel:arm64"
  private_apt apt-get download "${kernel/linux-image/linux-binary}:arm64" || true
  private_apt apt-get download busybox-static:arm64
  for file in *.deb; do dpkg-deb -x "$file" "$target"; done
  private_apt apt-get download busybox-static:amd64
  mkdir -p "$root/static"
  dpkg-deb -x busybox-static_*_amd64.deb "$root/static"
  kernel_image >/dev/null
  version=$(tool qemu-system-aarch64 --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
  note "QEMU $version, ${kernel#linux-image-}"
}

# Runs a program of the newer suite with that suite's own libraries.
tool() {
  local program=$1
  shift
  "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/$program" "$@"
}

kernel_image() {
  local image
  for image in "$target"/usr/lib/modules/*/vmlinuz "$target"/boot/vmlinuz-*; do
    [ ! -e "$image" ] || { printf '%s\n' "$image"; return; }
  done
  echo "no kernel in the packages" >&2
  return 1
}

busybox_of() {
  local file
  for file in "$1"/usr/bin/busybox "$1"/bin/busybox; do
    [ ! -f "$file" ] || { printf '%s\n' "$file"; return; }
  done
  echo "no busybox in the packages" >&2
  return 1
}
