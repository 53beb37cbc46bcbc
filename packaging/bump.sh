#!/bin/sh
# Sets the version everywhere and freezes the install script: bump.sh VERSION [DATE]. `make release-check` looks at the outcome.
set -eu
cd "$(dirname "$0")/.."
new=$1 date=${2:-$(date -u +%Y-%m-%d)}
old=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
echo "$new" | grep -Eqx '[0-9]+\.[0-9]+\.[0-9]+' || { echo "not a version: $new" >&2; exit 1; }
[ "$new" = "$old" ] || [ -e "sql/released/promo_guard--$old.sql" ] || { echo "$old is not in sql/released" >&2; exit 1; }
quoted=$(echo "$old" | sed 's/\./\\./g')
sed -i "s/^version = \"$quoted\"/version = \"$new\"/" Cargo.toml
sed -i "s/\"version\": \"$quoted\"/\"version\": \"$new\"/" META.json
sed -i "s/promo_guard $quoted, library and SQL alike/promo_guard $new, library and SQL alike/" docs/DEMO.md
sed -i "s/^## Unreleased\$/## $new, $date/" CHANGELOG.md
cargo metadata --offline --format-version 1 >/dev/null # writes the members' versions into Cargo.lock
sql/install/assemble.sh >"sql/released/promo_guard--$new.sql"
git status --short
