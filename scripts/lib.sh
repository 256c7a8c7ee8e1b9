# Shared by the scripts beside it: messages, package installation, the cache folder. Sourced, not run.

# Where tools and build outputs live: outside the clone, so that a fresh clone finds them.
cache_dir() {
    printf '%s/countersign\n' "${XDG_CACHE_HOME:-$HOME/.cache}"
}

say() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

fail() {
    say "$*"
    exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        fail "this needs root and there is no sudo: $*"
    fi
}

# Installs those of the named Debian packages that are missing. Does nothing, and needs no root,
# where all are there.
apt_install() {
    local package missing=()
    command -v apt-get >/dev/null 2>&1 ||
        fail "no apt-get on this system; install the equivalents of these Debian packages by hand: $*"
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    as_root apt-get update -qq </dev/null >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >&2
}
