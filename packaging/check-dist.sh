#!/bin/sh
# Installs the archive with the PGXN client into a directory and compares the scripts with those of this tree:
# check-dist.sh ARCHIVE CLIENT PG_CONFIG TARGET.
set -eu
archive=$(realpath "$1") client=$(realpath "$2") real=$3 target=$4
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
dir=$target/dist
rm -rf "$dir"
mkdir -p "$dir"
cat >"$dir/pg_config" <<EOF
#!/bin/sh
case \${1-} in
--sharedir) echo "$dir/root/share" ;;
--pkglibdir) echo "$dir/root/lib" ;;
*) exec "$real" "\$@" ;;
esac
EOF
chmod +x "$dir/pg_config"
# The environment of make wins over its PG_CONFIG, not its command line: the client says PG_CONFIG=… there. The build needs the
# real one for its packages and its cache.
export CARGO_TARGET_DIR="$target" PYTHONPATH="$client" BINDIR="$dir/root/bin"
python3 "$client/bin/pgxn" install --yes --nosudo --pg_config "$dir/pg_config" "$archive"
sql/install/assemble.sh | cmp - "$dir/root/share/extension/promo_guard--$version.sql"
for script in "$dir"/root/share/extension/promo_guard--*--"$version".sql; do
    old=$(basename "$script" "--$version.sql")
    sql/upgrade/assemble.sh "${old#promo_guard--}" | cmp - "$script"
done
[ -s "$dir/root/lib/promo_guard.so" ] && [ -x "$dir/root/bin/promoctl" ]
echo "1 passed, 0 failed"
