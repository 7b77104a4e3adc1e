#!/bin/sh
# Create the virtual environment .venv in the current folder with Python 3.11 or newer.
#
# PYTHON names the interpreter to use; without it the first suitable one on the path is taken. What
# Debian leaves out of its Python (python3-venv) is installed where this user may, else named.
set -eu
. "$(dirname "$0")/debian.sh"

suits() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if suits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

if ! python=$(find_python) && [ -z "${PYTHON:-}" ] && may_apt; then
    apt_install python3 python3-venv
fi
if ! python=$(find_python); then
    echo "error: no Python 3.11 or newer found (tried: ${PYTHON:-python3, python3.13 ... python3.11})." >&2
    echo "Install one (Debian 12: apt-get install python3 python3-venv)," >&2
    echo "or name it: make PYTHON=/path/to/python3.11 run" >&2
    exit 1
fi

if ! has_venv "$python"; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if ! may_apt || ! apt_install "$package" || ! has_venv "$python"; then
        echo "error: $python cannot create virtual environments: its modules venv and ensurepip are missing." >&2
        echo "Install them (Debian, Ubuntu: sudo apt-get install $package) and run make again." >&2
        exit 1
    fi
fi

echo "Creating .venv with $("$python" --version) ($python)"
"$python" -m venv --clear .venv
