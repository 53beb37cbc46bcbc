#!/bin/sh
# What a release must agree on: the version in all places, a date in the changelog, the frozen install script, a clean tree.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
failed=0
must() { # WHAT COMMAND…
    what=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "ok: $what"; else echo "FAILED: $what"; failed=1; fi
}
must "git has no uncommitted change" sh -c '[ -z "$(git status --porcelain)" ]'
must "CHANGELOG.md begins with $version and a date" sh -c "grep -m1 '^## ' CHANGELOG.md | grep -Eqx '## $version, [0-9]{4}-[0-9]{2}-[0-9]{2}'"
must "META.json is of $version in both places" sh -c "[ \"\$(grep -c '\"version\": \"$version\"' META.json)\" = 2 ]"
must "Cargo.lock is of $version" cargo metadata --locked --offline --format-version 1
must "docs/DEMO.md shows $version" grep -q "promo_guard $version: library" docs/DEMO.md
must "the install script is frozen as it is" sh -c "sql/install/assemble.sh | cmp - sql/released/promo_guard--$version.sql"
for script in sql/released/promo_guard--*.sql; do
    old=$(basename "$script" .sql)
    old=${old#promo_guard--}
    [ "$old" = "$version" ] || must "there is an upgrade from $old" sql/upgrade/assemble.sh "$old"
done
exit $failed
