#!/usr/bin/env bash
# A throwaway PostgreSQL server on a free loopback port, for tests.
#
#   scripts/postgres.sh start   starts it (installing Debian's postgresql if absent) and prints its URL
#   scripts/postgres.sh url     prints the URL of the running server
#   scripts/postgres.sh stop    stops it and removes its data; no error where none runs
#
# One server per clone, or per COUNTERSIGN_POSTGRES_STATE (a file of the caller's) where that is set.
# Durability is on (fsync, full_page_writes), as in production: what the tests show holds there too.
# Root cannot run PostgreSQL, so under root it runs as the package's user `postgres`, else as the caller.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

state=${COUNTERSIGN_POSTGRES_STATE:-$(cache_dir)/postgres-$(printf '%s' "$here" | cksum | cut -d' ' -f1)}

usage() {
    printf 'usage: %s start|stop|url\n' "$(basename "$0")" >&2
    exit 2
}

as_server_user() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# The folder with initdb and pg_ctl of the newest installed version, 15 or later; empty if there is none.
server_programs() {
    local folder version
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5nr); do
        version=${folder#/usr/lib/postgresql/}
        version=${version%/bin}
        if [ -x "$folder/initdb" ] && [ "$version" -ge 15 ]; then
            printf '%s\n' "$folder"
            return
        fi
    done
}

# The state file holds: the server's folder, its programs, its URL, one a line.
read_state() {
    [ -f "$state" ] && { read -r folder && read -r programs && read -r url; } <"$state"
}

running() {
    read_state && as_server_user "$programs/pg_ctl" -D "$folder/data" status >/dev/null 2>&1
}

start() {
    if running; then
        printf '%s\n' "$url"
        return
    fi
    stop
    programs=$(server_programs)
    if [ -z "$programs" ]; then
        apt_install postgresql
        programs=$(server_programs)
    fi
    [ -n "$programs" ] || fail "no PostgreSQL 15 or later under /usr/lib/postgresql"

    folder=$(mktemp -d /tmp/countersign-postgres.XXXXXX)
    trap 'rm -rf "$folder"' EXIT
    local password port log="$folder/log"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s\n' "$password" >"$folder/password")
    [ "$(id -u)" -ne 0 ] || chown -R postgres: "$folder"
    # --no-sync: only the empty cluster is written without waiting for the disk; the server itself syncs.
    as_server_user "$programs/initdb" --pgdata="$folder/data" --username=countersign --pwfile="$folder/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    rm "$folder/password"

    # The server itself claims the port, so a port that another program takes meanwhile is only a retry.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 12000))
        if as_server_user "$programs/pg_ctl" -D "$folder/data" -l "$log" -w -t 60 -s start -o \
            "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$folder -c max_connections=200" >/dev/null 2>&1; then
            url="postgres://countersign:$password@127.0.0.1:$port/postgres"
            mkdir -p "$(dirname "$state")"
            (umask 077 && printf '%s\n%s\n%s\n' "$folder" "$programs" "$url" >"$state")
            trap - EXIT
            printf '%s\n' "$url"
            return
        fi
    done
    tail -n 20 "$log" >&2
    fail "PostgreSQL does not start on any of ten ports"
}

stop() {
    read_state || return 0
    as_server_user "$programs/pg_ctl" -D "$folder/data" -m immediate -w -s stop >/dev/null 2>&1 || true
    rm -rf "$folder" "$state"
}

case "${1:-}" in
start) start ;;
stop) stop ;;
url)
    running || fail "no server is running: scripts/postgres.sh start"
    printf '%s\n' "$url"
    ;;
*) usage ;;
esac
