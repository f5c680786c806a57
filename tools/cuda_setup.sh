#!/bin/sh
# Puts the CUDA toolkit from PyPI into FOLDER (default build/cuda), once: tools/cuda_setup.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
environment=${1:-$here/../build/cuda}
requirements=$here/cuda_requirements.txt
stamp=$environment/requirements.installed
if cmp -s "$requirements" "$stamp"; then exit 0; fi
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --upgrade --requirement "$requirements"
cp "$requirements" "$stamp"
