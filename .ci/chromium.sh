#!/bin/sh
# Install Chromium, in which the tests open the report of a run.
#
# Root on Debian gets it installed, with a font for Chinese; anybody else is told what to install.
# Without it those tests are skipped, so that is no error: the exit status is 0.
set -eu
. "$(dirname "$0")/debian.sh"

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        echo "Chromium: $(command -v "$name")."
        exit 0
    fi
done

without_chromium() {
    echo "Chromium: not available ($1); the report is not opened in the tests."
    echo "          For it install chromium and fonts-noto-cjk, then run make again."
    exit 0
}

may_apt || without_chromium "not root on Debian"
apt_install chromium fonts-noto-cjk || without_chromium "apt-get could not install it"
echo "Chromium: $(command -v chromium)."
