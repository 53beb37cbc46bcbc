#!/bin/sh
# The upgrade script from a released version to this one, on standard output: assemble.sh VERSION. sql/released has the script that
# VERSION installed. What it created is taken again with CREATE OR REPLACE, which keeps grants; its schema, tables and indexes are
# left as they are. What is new is taken as it is. What this cannot do is by hand: columns that functions gained since any version are
# in columns.sql, the rest (ALTER TABLE, DROP FUNCTION) in from-VERSION.sql.
# A test compares the outcome with a fresh installation.
set -eu
cd "$(dirname "$0")/.."
old=released/promo_guard--$1.sql
printf '%s\n' '\echo Use "ALTER EXTENSION promo_guard UPDATE" to load this file. \quit'
cat install/encoding.sql "upgrade/from-$1.sql" upgrade/columns.sql
for name in $(install/assemble.sh --names); do
    case $name in
    header | encoding) ;;
    # The schema is not new: a REVOKE would turn the grants on it into initial privileges.
    privileges) awk '/^DO \$members\$/ { on = 1 } on' install/privileges.sql ;;
    *)
        awk '{ what = "" }
             match($0, /^CREATE [A-Z ]*[A-Z] [a-z_][a-z_.0-9]*/) { what = substr($0, RSTART, RLENGTH) }
             /^SELECT pg_catalog\.pg_extension_config_dump/ { what = $0 }
             NR == FNR { if (what != "") had[what]; next }
             what in had && what !~ /^CREATE (FUNCTION|VIEW|AGGREGATE) / { skip = 1 }
             what in had { sub(/^CREATE /, "CREATE OR REPLACE ") }
             !skip
             skip && /;[ \t]*$/ { skip = 0 }' "$old" "install/$name.sql" ;;
    esac
done
