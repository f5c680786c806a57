#!/bin/sh
# Makes the peers' environment: bench/peers/setup.sh [FOLDER], default build/peers. Does nothing when the
# requirements have not changed since the last success.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
environment=${1:-$here/../../build/peers}
stamp=$environment/requirements.installed
if cmp -s "$here/requirements.txt" "$stamp"; then exit 0; fi
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --upgrade --requirement "$here/requirements.txt"
cp "$here/requirements.txt" "$stamp"
