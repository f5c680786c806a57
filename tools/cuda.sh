#!/bin/sh
# make cuda: the toolkit from PyPI into build/cuda, then compile, count, and run where there is a GPU.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/cuda_setup.sh"
exec "$here/cuda_build.sh"
