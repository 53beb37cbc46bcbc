#!/bin/sh
# Two Debian packages out of an installed tree (`make install DESTDIR=TREE BINDIR=/usr/bin`, with Debian's directories):
# build.sh TREE POSTGRESQL_MAJOR VERSION OUT. It runs in the repository, for CHANGELOG.md, LICENSE, README.md, docs and sql/monitoring.
set -eu
here=$(dirname "$(realpath "$0")")
tree=$1 major=$2 version=$3-1 out=$4
arch=$(dpkg --print-architecture)
maintainer=${DEB_MAINTAINER:-promo_guard developers <maintainers@promo-guard.example.org>}
# The date of the last commit, so that a second build gives the same bytes.
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

document() { # PACKAGE CRATE
    doc="$work/$1/usr/share/doc/$1"
    mkdir -p "$doc"
    {
        printf 'promo-guard (%s) bookworm; urgency=medium\n\n' "$version"
        printf '  * Release %s. The changes are in changelog.gz beside this file.\n\n' "${version%-*}"
        printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
    } | gzip -9n >"$doc/changelog.Debian.gz"
    gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
    gzip -9nc README.md >"$doc/README.md.gz"
    {
        printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: promo_guard\n'
        printf 'Comment: The program contains Rust crates under licenses of their own.\n'
        printf ' NOTICES.gz beside this file has the name, the version and the license of each.\n\n'
        printf 'Files: *\n%s\nLicense: PostgreSQL\n' "$(sed -n 's/^Copyright (c)/Copyright:/p' LICENSE)"
        sed -n '/^Permission/,$ { s/^$/./; s/^/ /; p }' LICENSE
    } >"$doc/copyright"
    python3 "$here/notices.py" "$2" | gzip -9n >"$doc/NOTICES.gz"
}

# What its programs and libraries need of other packages.
needs() { # PACKAGE FILE
    mkdir -p "$work/needs/debian"
    printf 'Source: promo-guard\n\nPackage: %s\nArchitecture: any\n' "$1" >"$work/needs/debian/control"
    (cd "$work/needs" && dpkg-shlibdeps -O "$2") | sed -n 's/^shlibs:Depends=//p'
}

pack() { # PACKAGE; the fields Depends to Description on standard input
    root="$work/$1"
    mkdir -p "$root/DEBIAN"
    {
        printf 'Package: %s\nSource: promo-guard\nVersion: %s\nArchitecture: %s\nMaintainer: %s\n' "$1" "$version" "$arch" "$maintainer"
        printf 'Section: database\nPriority: optional\nInstalled-Size: %s\n' "$(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f1)"
        cat
    } >"$root/DEBIAN/control"
    (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
    find "$root" -type d -exec chmod 755 {} +
    dpkg-deb --root-owner-group -Zxz --build "$root" "$out/$1_${version}_$arch.deb" >/dev/null
    echo "$out/$1_${version}_$arch.deb"
}

package=postgresql-$major-promo-guard
mkdir -p "$work/$package/usr/lib" "$work/$package/usr/share"
cp -a "$tree/usr/lib/postgresql" "$work/$package/usr/lib/"
cp -a "$tree/usr/share/postgresql" "$work/$package/usr/share/"
library=$work/$package/usr/lib/postgresql/$major/lib/promo_guard.so
strip --strip-unneeded "$library"
chmod 644 "$library"
document "$package" promo_guard
for page in docs/*.md; do gzip -9nc "$page" >"$work/$package/usr/share/doc/$package/$(basename "$page").gz"; done
pack "$package" <<EOF
Depends: postgresql-$major, $(needs "$package" "$library")
Recommends: promoctl
Description: guarded functions for promo incidents, for PostgreSQL $major
 promo_guard is a PostgreSQL extension for incidents in which an automatic
 guard pauses promo campaigns. Its functions show what failed, why a campaign
 was paused, whether it is abuse or a mistake, and what may be unpaused. They
 also settle, report and escalate.
 .
 CREATE EXTENSION promo_guard installs it into a database. After an upgrade of
 this package run ALTER EXTENSION promo_guard UPDATE in each of them.
EOF

package=promoctl
share=$work/$package/usr/share
mkdir -p "$work/$package/usr/bin" "$share/zsh/vendor-completions" "$share/man/man1" "$share/doc/$package/examples"
cp "$tree/usr/bin/promoctl" "$work/$package/usr/bin/"
strip --strip-unneeded "$work/$package/usr/bin/promoctl"
cp -a "$tree/usr/share/bash-completion" "$tree/usr/share/fish" "$share/"
cp "$tree/usr/share/zsh/site-functions/_promoctl" "$share/zsh/vendor-completions/"
gzip -9nc "$tree/usr/share/man/man1/promoctl.1" >"$share/man/man1/promoctl.1.gz"
document "$package" promoctl
cp -a sql/monitoring "$share/doc/$package/examples/"
pack "$package" <<EOF
Depends: $(needs "$package" "$work/$package/usr/bin/promoctl")
Recommends: postgresql-client
Description: command line for incidents with paused promo campaigns
 promoctl calls the functions of the PostgreSQL extension promo_guard and shows
 their answers. It is for the person on call: what is paused and why, what may
 be unpaused, what must be settled, and who must know.
 .
 Its examples contain a Grafana dashboard, files for Prometheus and its
 exporters, jobs for pg_cron and shortcuts for psql.
EOF
