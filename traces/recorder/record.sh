#!/usr/bin/env bash
# From nothing to a recording of a KVM host with Linux guests, with Debian's packages alone: see README.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
  cat <<'EOF'
record.sh [options]    records a KVM host with Linux guests under QEMU and checks the recording

  --dir DIR        where everything goes, about 1 GB                      (./trapline-recording)
  --mode MODE      vhe or nvhe                                            (vhe)
  --guests N       guests at the same time                                (1)
  --vcpus N        CPUs of each guest, up to 8                            (2)
  --pcpus N        CPUs of the host, up to 8                              (2)
  --rounds N       how long the guest's workload runs                     (10)
  --name NAME      of the recording                                       (MODE-GUESTSxVCPUS)
  --from WHERE     guest: from a little before the first guest is loaded; boot: everything   (guest)
  --count LIST     what is counted instead of logged: usual, none, NAME+NAME                 (usual)
  --suite SUITE    Debian suite with QEMU 10.2 or later                   (sid)
  --mirror URL     of Debian's archive; also the variable TRAPLINE_MIRROR
                   (the one that apt uses here, else http://deb.debian.org/debian)
  --append TEXT    for the host kernel's command line, for instance "trace_event=kvm:*"
  --limit SECONDS  longest time that the machine may run                  (900)
  --trapline CMD   how to call trapline; also the variable TRAPLINE
                   (trapline, or the clone that this script is in)
  --again          record again what is recorded already

What was done before is not done again: a run that was interrupted goes on where it was.
EOF
}

dir=$PWD/trapline-recording mode=vhe guests=1 vcpus=2 pcpus=2 rounds=10 name='' from=guest count=usual suite=sid
mirror=${TRAPLINE_MIRROR:-} append='' limit=900 trapline=${TRAPLINE:-} again=''

wrong() {
  printf 'record.sh: %s\n' "$1" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --again) again=yes; shift; continue ;;
    -h | --help) usage; exit 0 ;;
    --dir | --mode | --guests | --vcpus | --pcpus | --rounds | --name | --from | --count | --suite | --mirror | \
      --append | --limit | --trapline)
      [ $# -ge 2 ] || wrong "$1 needs a value; --help lists the options"
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    *) wrong "there is no option $1; --help lists them" ;;
  esac
done

case $mode in vhe | nvhe) ;; *) wrong "--mode is vhe or nvhe, not $mode" ;; esac
case $from in guest | boot) ;; *) wrong "--from is guest or boot, not $from" ;; esac
for number in guests vcpus pcpus rounds limit; do
  [[ ${!number} =~ ^[1-9][0-9]{0,4}$ ]] || wrong "--$number is a number from 1, not ${!number}"
done
[ "$vcpus" -le 8 ] && [ "$pcpus" -le 8 ] || wrong "at most 8 CPUs"
[ "$guests" -le 16 ] || wrong "at most 16 guests"
[[ $count =~ ^[A-Za-z0-9_+]+$ ]] || wrong "--count is usual, none or names joined by +"
[[ $append != *$'\n'* ]] || wrong "--append is one line"
name=${name:-$mode-${guests}x$vcpus}
[[ $name =~ ^[A-Za-z0-9._-]+$ ]] || wrong "--name has letters, digits, dots and dashes"

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
case $dir in *[[:space:],:]*) wrong "--dir must not have blanks, commas or colons in its path: $dir" ;; esac

for part in steps packages build machine check; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

need_tools
find_mirror
# As they are now, even if somebody changes them while the machine runs.
plugin_sources=$(sources plugin) guest_sources=$(sources guest)
step lists "the list of packages of $suite" "$suite $mirror" fetch_lists
step packages "QEMU, kernel, busybox and a compiler for arm64" "$suite $mirror" fetch_packages
step plugin "the plugin" "$plugin_sources $("${CC:-cc}" --version | head -n 1)" build_plugin
step guest "the guest's VMM and workload" "$guest_sources" build_guest
step images "the file systems of host and guest" "$guest_sources" build_images
if [ -n "$again" ] || [ ! -e "$dir/$name.tarmac.zst" ]; then
  forget "record-$name"
  forget "check-$name"
fi
step "record-$name" "$name: $mode host, $guests guest(s) of $vcpus vCPUs" "$(recording_inputs)" record
step "check-$name" "$name: import and validate" "$(recording_inputs)" check
summary
