#!/bin/sh
# Installs the packages in a fresh Debian 12 root, with a server of its own: first those of the last release, makes data, upgrades to
# the present ones, compares, and removes them. check.sh OLD NEW: directories of packages. Root, mmdebstrap and Debian's mirror.
set -eu
old=$(realpath "$1") new=$(realpath "$2")
root=$(mktemp -d /var/tmp/promo-guard-root.XXXXXX)
# Ends with this shell: in the root's own process namespace everything dies with its first process.
trap 'rm -rf --one-file-system "$root"' EXIT
began=$(date +%s)
step() { echo "== $(($(date +%s) - began)) s: $*"; }

step "a fresh Debian 12 root"
mmdebstrap --quiet --variant=apt --dpkgopt=force-unsafe-io --include=ca-certificates bookworm "$root"
mkdir "$root/packages"
cp -r "$old" "$root/packages/old"
cp -r "$new" "$root/packages/new"
cp sql/reference/schema.sql "$root/packages/"
cp /etc/hosts /etc/resolv.conf "$root/etc/"
cat >"$root/packages/inside.sh" <<'EOF'
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
began=$(date +%s)
step() { echo "== inside, $(($(date +%s) - began)) s: $*"; }
quietly() { "$@" >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }; }
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/tmp "$@"; }
sql() { as_postgres psql -qXAt -v ON_ERROR_STOP=1 -d shop "$@"; }

step "apt install of the last release, with what it depends on"
quietly apt-get update
quietly apt-get install -y --no-install-recommends /packages/old/*.deb
step "a cluster, CREATE EXTENSION and data"
pg_lsclusters -h | grep -q . || quietly pg_createcluster 15 main
echo "listen_addresses = ''" >>/etc/postgresql/15/main/postgresql.conf
quietly pg_ctlcluster 15 main start
as_postgres createdb -E UTF8 -T template0 shop
as_postgres createuser oncall
sql -f /packages/schema.sql
sql -c 'CREATE EXTENSION promo_guard'
was=$(sql -c 'SELECT promo_guard.version()')
sql >/dev/null <<'SQL'
SELECT promo_guard.bind();
SELECT promo_guard.attach_history();
SELECT promo_guard.grant_operator('oncall');
INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
VALUES (1, repeat('1', 64), 'ONE', 'One', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now(), now() + interval '1 day');
UPDATE promo_codes SET status = 'PAUSED', updated_at = now();
INSERT INTO promo_attempts SELECT g, g, repeat('1', 64), 'EXPIRED', 'API', now() - interval '1 minute', '{}' FROM generate_series(1, 7) AS g;
SELECT promo_guard.set_policy('guard_min_users', '3', 'because');
SELECT promo_guard.open_incident('A pause', 'by hand');
SQL
records() {
    sql -c "SELECT 'log', id, hash FROM promo_guard.action_log UNION ALL SELECT 'history', id, to_status FROM promo_guard.status_history
            UNION ALL SELECT 'incident', id, title FROM promo_guard.incident ORDER BY 1, 2"
}
before=$(records)
quietly as_postgres promoctl -h /var/run/postgresql -d shop -U postgres triage

step "apt install of the present packages over them"
quietly apt-get install -y --no-install-recommends /packages/new/*.deb
now=$(promoctl --version | awk '{ print $2 }')
[ "$was" != "$now" ] || { echo "both packages have version $now, so nothing is upgraded"; exit 1; }
if sql -c 'SELECT * FROM promo_guard.blast_radius()' >/tmp/log 2>&1; then echo "the new library answered under the old SQL"; exit 1; fi
grep -q 'ALTER EXTENSION promo_guard UPDATE' /tmp/log || { cat /tmp/log; exit 1; }
sql -c 'ALTER EXTENSION promo_guard UPDATE; SELECT promo_guard.bind()' >/dev/null
[ "$(sql -c 'SELECT promo_guard.version()')" = "$now" ]
after=$(records)
[ "$(printf '%s\n' "$after" | grep -Fxc "$before")" = "$(printf '%s\n' "$before" | wc -l)" ] || { printf '%s\n--\n%s\n' "$before" "$after"; exit 1; }
sql -c "SELECT topic, detail FROM promo_guard.doctor() WHERE level = 'error'" >/tmp/log
[ ! -s /tmp/log ] || { cat /tmp/log; exit 1; }
quietly as_postgres promoctl -h /var/run/postgresql -d shop -U postgres triage
step "upgraded from $was to $now: $(printf '%s\n' "$before" | wc -l) records are as they were, doctor() finds no error"
[ -s /usr/share/man/man1/promoctl.1.gz ] || echo "the root leaves out man pages"
for file in /usr/bin/promoctl /usr/share/bash-completion/completions/promoctl /usr/share/zsh/vendor-completions/_promoctl; do [ -s "$file" ]; done

step "a fresh database"
as_postgres createdb -E UTF8 -T template0 fresh
as_postgres createuser grafana
as_postgres psql -qX -v ON_ERROR_STOP=1 -d fresh -f /packages/schema.sql -c 'CREATE EXTENSION promo_guard'
fresh() { as_postgres promoctl -h /var/run/postgresql -d fresh -U postgres "$@"; }
quietly fresh setup --operator oncall --reader grafana
quietly fresh doctor
quietly fresh triage
step "set up with promoctl: doctor and triage answer"
step "removal"
sql -c 'DROP EXTENSION promo_guard CASCADE' 2>/dev/null
as_postgres psql -qX -v ON_ERROR_STOP=1 -d fresh -c 'DROP EXTENSION promo_guard CASCADE' 2>/dev/null
quietly apt-get purge -y postgresql-15-promo-guard promoctl
# The numbers of the last page are the user's own.
rm -r /tmp/.cache/promoctl
left=$(find / -xdev -iname '*promo*guard*' -o -xdev -name '*promoctl*' | grep -v '^/packages' || true)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
[ "$(sql -c 'SELECT count(*) FROM promo_attempts')" = 7 ]
quietly pg_ctlcluster 15 main stop -m fast
step "removed; no file is left and the application's tables are as they were"
EOF
step "its own processes and mounts"
unshare --pid --fork --mount --kill-child sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" sh /packages/inside.sh' sh "$root"
step "passed"
echo "1 passed, 0 failed"
