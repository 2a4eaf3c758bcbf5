#!/bin/sh
# Make sure there is a Chromium for the browser tests: the system's, or Debian's through apt where that is permitted.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo -n"; fi
    if $sudo true 2>/dev/null; then
        echo "Installing Chromium with apt"
        $sudo apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq chromium >/dev/null && exit 0
    fi
fi
echo "The browser tests need Chromium: install it (Debian: apt-get install chromium) and run make test again." >&2
# Elsewhere the other tests still run and the browser tests say that they were skipped; there it is a failure.
[ -z "${CI:-}" ]
