# Debian's package manager, for the scripts beside this file (sourced, not run).

# Whether this user may install Debian packages here.
may_apt() {
    [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1
}

# Install Debian packages quietly; what apt says is shown only when it fails.
apt_install() {
    echo "Installing with apt-get: $*"
    log=$(mktemp)
    if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y \
            --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; } >"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
}
