#!/bin/busybox sh
# The host's init: starts the guests, waits for them, and switches the machine off.
# guests, vcpus, rounds come from the kernel's command line, which the kernel hands to init as its environment.
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
exec </dev/console >/dev/console 2>&1
[ -e /dev/kvm ] || { echo "host: there is no /dev/kvm"; /bin/busybox poweroff -f; }
echo "host: $(/bin/busybox uname -r), starting ${guests:=1} guest(s)"
i=0
while [ "$i" -lt "$guests" ]; do
  i=$((i + 1))
  /vmm /Image /guest.cpio "${vcpus:-2}" 192 "console=ttyAMA0 quiet panic=-1 rounds=${rounds:-10}" &
  eval "pid$i=$!"
done
failed=0
while [ "$i" -gt 0 ]; do
  eval "wait \$pid$i" || failed=$((failed + 1))
  i=$((i - 1))
done
echo "host: done, $failed guest(s) failed"
/bin/busybox poweroff -f
