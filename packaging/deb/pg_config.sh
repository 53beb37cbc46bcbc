#!/bin/sh
# A pg_config with Debian's directories, whatever server it was compiled against, on standard output: pg_config.sh MAJOR PG_CONFIG.
set -eu
cat <<EOF
#!/bin/sh
case \$1 in
--pkglibdir) echo /usr/lib/postgresql/$1/lib ;;
--sharedir) echo /usr/share/postgresql/$1 ;;
*) exec "$2" "\$@" ;;
esac
EOF
