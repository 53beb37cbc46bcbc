#!/bin/sh
# Begins the development of a version: bump.sh VERSION writes it everywhere. The first commit after a release does it: an unfrozen
# version of its own is what the upgrade script of the release leads to, and what every test run upgrades to.
set -eu
cd "$(dirname "$0")/.."
new=${1:-}
old=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
echo "$new" | grep -Eqx '[0-9]+\.[0-9]+\.[0-9]+' || { echo "not a version: '$new'" >&2; exit 1; }
[ -e "sql/released/promo_guard--$old.sql" ] || { echo "$old is not frozen in sql/released: make freeze" >&2; exit 1; }
[ ! -e "sql/released/promo_guard--$new.sql" ] || { echo "$new is frozen in sql/released" >&2; exit 1; }
quoted=$(echo "$old" | sed 's/\./\\./g')
sed -i "s/^version = \"$quoted\"/version = \"$new\"/" Cargo.toml
sed -i "s/\"version\": \"$quoted\"/\"version\": \"$new\"/" META.json
sed -i "s/promo_guard $quoted: library and SQL/promo_guard $new: library and SQL/" docs/DEMO.md
grep -qx '## Unreleased' CHANGELOG.md || sed -i "0,/^## /s//## Unreleased\n\n## /" CHANGELOG.md
printf -- "-- From $old: what assemble.sh cannot take from sql/install. from-0.1.0.sql says what belongs here.\n" >"sql/upgrade/from-$old.sql"
cargo metadata --offline --format-version 1 >/dev/null # writes the members' versions into Cargo.lock
