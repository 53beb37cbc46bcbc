#!/bin/sh
# The upgrade script from 0.1.0, on standard output: assemble.sh ROOM… (all rooms of the install script, in its order).
# Rooms that 0.1.0 had are taken again with CREATE OR REPLACE, which keeps grants, and without schema, tables and indexes, which
# are there; the others are taken as they are. What this cannot do is in 0.1.0--0.2.0.sql, by hand. A test compares the outcome
# with a fresh installation.
set -eu
cd "$(dirname "$0")/.."
printf '%s\n' '\echo Use "ALTER EXTENSION promo_guard UPDATE" to load this file. \quit'
cat install/encoding.sql upgrade/0.1.0--0.2.0.sql
for room in "$@"; do
    [ -e "install/$room.sql" ] || continue
    case $room in
    encoding) ;;
    setup | triage | settle)
        awk '/^(CREATE (SCHEMA|TABLE|UNIQUE INDEX|INDEX) |SELECT pg_catalog\.pg_extension_config_dump)/ { skip = 1 }
             !skip { sub(/^CREATE (FUNCTION|VIEW|AGGREGATE) /, "CREATE OR REPLACE &"); sub(/REPLACE CREATE /, "REPLACE "); print }
             skip && /;[ \t]*$/ { skip = 0 }' "install/$room.sql" ;;
    privileges)
        # The schema is not new: a REVOKE would turn the grants on it into initial privileges.
        awk '/^DO \$members\$/ { on = 1 } on' install/privileges.sql ;;
    *) cat "install/$room.sql" ;;
    esac
done
