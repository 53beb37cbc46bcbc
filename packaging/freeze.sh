#!/bin/sh
# Freezes the present version for a release: freeze.sh [DATE] dates CHANGELOG.md and writes the install script into sql/released.
# `make release-check` looks at the outcome.
set -eu
cd "$(dirname "$0")/.."
date=${1:-$(date -u +%Y-%m-%d)}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
script=sql/released/promo_guard--$version.sql
[ ! -e "$script" ] || { echo "$version is frozen already: make bump NEW=…" >&2; exit 1; }
grep -qx '## Unreleased' CHANGELOG.md || { echo "CHANGELOG.md has no heading '## Unreleased'" >&2; exit 1; }
sed -i "s/^## Unreleased\$/## $version, $date/" CHANGELOG.md
sql/install/assemble.sh >"$script"
