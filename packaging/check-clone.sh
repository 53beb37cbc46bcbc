#!/bin/sh
# Runs commands of README.md in a clean clone of the last commit, in a fresh Debian 12 root with make and this machine's Rust, and says
# how long each took: check-clone.sh 'make demo' 'make test'. Root, mmdebstrap, Debian's mirror and crates.io.
set -eu
root=$(mktemp -d /var/tmp/promo-guard-clone.XXXXXX)
# Mounts are in a namespace of their own and gone by then.
trap 'rm -rf --one-file-system "$root"' EXIT
rust=$(rustc --print sysroot)
began=$(date +%s)
step() { echo "== $(($(date +%s) - began)) s: $*"; }

step "a fresh Debian 12 root"
mmdebstrap --quiet --variant=apt --dpkgopt=force-unsafe-io --include=ca-certificates,make bookworm "$root"
cp /etc/hosts /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
git clone -q . "$root/srv/promo_guard"
mkdir "$root/rust"
cat >"$root/inside.sh" <<'EOF'
set -eu
cd /srv/promo_guard
for command in "$@"; do
    began=$(date +%s)
    echo "== $command"
    $command </dev/null || { echo "FAILED: $command"; exit 1; }
    echo "== $command: $(($(date +%s) - began)) s"
done
EOF
# In a process namespace of its own everything dies with the first process.
unshare --pid --fork --mount --kill-child sh -c '
    root=$1 rust=$2
    shift 2
    mount -t proc proc "$root/proc" && mount -t tmpfs tmpfs "$root/dev/shm" && mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666
    mount --bind "$rust" "$root/rust" && mount -o remount,ro,bind "$root/rust"
    exec env -i PATH=/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        chroot "$root" sh /inside.sh "$@"
' sh "$root" "$rust" "$@"
step "passed"
echo "$# passed, 0 failed"
