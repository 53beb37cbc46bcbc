#!/bin/sh
# Compares what `cargo pgrx schema`, `install`, `package` and `run` produce with what `make install-files` produces: the install
# script, the upgrade scripts and the control file, byte for byte. For each function with `sql = false` cargo-pgrx also writes a block
# of comments, "Skipped due to", behind the script; these blocks are left out. check-pgrx.sh CARGO_PGRX PG_CONFIG DIRECTORY. Files go below
# DIRECTORY, which keeps a build of its own: cargo-pgrx compiles with other flags than make, and the two would undo each other's work.
set -eu
tool=$(realpath "$1") real=$2
mkdir -p "$3"
dir=$(realpath "$3")
for old in root package expected home; do rm -rf "${dir:?}/$old"; done
mkdir "$dir/home"
major=$("$real" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
export PGRX_HOME="$dir/home" CARGO_TARGET_DIR="$dir/build"
# cargo-pgrx finds its server in config.toml; what it compiles finds it in .cargo/config.toml.
unset PGRX_PG_CONFIG_PATH

# The server's pg_config, but for the two directories that files go to.
cat >"$dir/pg_config" <<EOF
#!/bin/sh
case \${1-} in
--sharedir) echo "$dir/root/share" ;;
--pkglibdir) echo "$dir/root/lib" ;;
*) exec "$real" "\$@" ;;
esac
EOF
chmod +x "$dir/pg_config"
printf '[configs]\npg%s = "%s"\n' "$major" "$dir/pg_config" >"$PGRX_HOME/config.toml"

passed=0 failed=0
compare() { # WHAT FILE EXPECTED
    awk '{ block = block $0 "\n" }
         /^-- Skipped due to `#\[pgrx\(sql = false\)\]`$/ { skipped = 1 }
         /^$/ { if (!skipped) printf "%s", block; block = ""; skipped = 0 }
         END { if (!skipped) printf "%s", block }' "$2" >"$dir/compared"
    if cmp "$dir/compared" "$3"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $1: $2 differs from $3"
        failed=$((failed + 1))
    fi
}
compare_all() { # WHAT DIRECTORY
    for file in "$expected"/promo_guard.control "$expected/promo_guard--$version.sql" "$expected"/promo_guard--*--*.sql; do
        compare "$1" "$2/$(basename "$file")" "$file"
    done
}
quietly() {
    "$@" >"$dir/log" 2>&1 || {
        cat "$dir/log"
        exit 1
    }
}

echo "cargo pgrx schema"
quietly "$tool" pgrx schema --package promo_guard "pg$major" --out "$dir/schema.sql"
# The library that cargo-pgrx has built serves: what is compared is the SQL.
quietly env -u MAKEFLAGS -u MAKELEVEL make -o build install-files PROFILE=dev PG_CONFIG="$real" INSTALL_PG_CONFIG="$dir/pg_config" DESTDIR="$dir/expected"
expected="$dir/expected$dir/root/share/extension"
compare schema "$dir/schema.sql" "$expected/promo_guard--$version.sql"
echo "cargo pgrx install"
quietly "$tool" pgrx install --package promo_guard --pg-config "$dir/pg_config"
compare_all install "$dir/root/share/extension"
rm -r "$dir/root"
echo "cargo pgrx run"
# It installs, and then starts psql, which finds no server: cargo-pgrx starts one under another user than root alone.
"$tool" pgrx run --package promo_guard "pg$major" --install-only >"$dir/log" 2>&1 </dev/null || grep -q 'installing promo_guard' "$dir/log" || {
    cat "$dir/log"
    exit 1
}
compare_all run "$dir/root/share/extension"
echo "cargo pgrx package"
quietly "$tool" pgrx package --package promo_guard --debug --pg-config "$dir/pg_config" --out-dir "$dir/package"
compare_all package "$dir/package$dir/root/share/extension"
for library in "$dir/root/lib/promo_guard.so" "$dir/package$dir/root/lib/promo_guard.so"; do
    [ -s "$library" ] || { echo "FAILED: no $library"; failed=$((failed + 1)); }
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
