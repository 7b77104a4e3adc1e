#!/bin/sh
# Add cyipopt, the native Ipopt binding (extra [ipopt]), to the environment of the given Python.
#
#     .ci/ipopt.sh .venv/bin/python
#
# cyipopt has no wheel, so it is compiled against the system's Ipopt. Root on Debian gets the system
# packages installed; anybody else is told which they are. Without cyipopt the checks that can run
# on either binding use the Ipopt inside CasADi's wheel, so that is no error: the exit status is 0
# and the last line printed says which Ipopt will be used.
set -eu
. "$(dirname "$0")/debian.sh"
python=$1

imports_cyipopt() {
    "$python" -c 'import cyipopt' >/dev/null 2>&1
}

# Everything that compiling cyipopt takes, except what is there already.
missing_packages() {
    command -v gcc >/dev/null 2>&1 || printf 'gcc '
    command -v g++ >/dev/null 2>&1 || printf 'g++ '
    command -v pkg-config >/dev/null 2>&1 || printf 'pkg-config '
    pkg-config --exists ipopt 2>/dev/null || printf 'coinor-libipopt-dev libblas-dev liblapack-dev '
    has_python_headers || printf 'python3-dev '
}

# Only Debian's own interpreter keeps its headers in a separate package.
has_python_headers() {
    "$python" - <<'EOF'
import pathlib, sys, sysconfig
headers = pathlib.Path(sysconfig.get_path("include"), "Python.h")
sys.exit(sys.base_prefix == "/usr" and not headers.exists())
EOF
}

without_cyipopt() {
    echo "Ipopt: cyipopt is not available ($1)."
    echo "       For it install gcc g++ pkg-config coinor-libipopt-dev libblas-dev liblapack-dev"
    echo "       (and python3-dev for Debian's own Python), then run make again."
    echo "Ipopt: going on with the one in CasADi's wheel."
    exit 0
}

if imports_cyipopt; then
    echo "Ipopt: native, through cyipopt."
    exit 0
fi

missing=$(missing_packages)
if [ -n "$missing" ]; then
    may_apt || without_cyipopt "missing: $missing"
    # shellcheck disable=SC2086  # a list of words
    apt_install $missing || without_cyipopt "apt-get could not install: $missing"
fi

echo "Compiling cyipopt"
log=$(mktemp)
if ! "$python" -m pip install --quiet --editable '.[ipopt]' >"$log" 2>&1 || ! imports_cyipopt; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    "$python" -m pip uninstall --quiet --yes cyipopt >/dev/null 2>&1 || true
    without_cyipopt "it could not be compiled, see above"
fi
rm -f "$log"
echo "Ipopt: native, through cyipopt."
