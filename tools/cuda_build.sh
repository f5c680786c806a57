#!/bin/sh
# Compiles the bodies of matmul and attention with CUDA Tile C++ for sm_80 and sm_90, counts the instructions that
# show tensor cores and asynchronous copies, and runs them against plain loops where a GPU is there:
#   tools/cuda_build.sh [FOLDER]   FOLDER as made by cuda_setup.sh, default build/cuda
# Exits 1 when an instruction is missing or a result is wrong.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
environment=$(cd "${1:-$here/build/cuda}" && pwd)
toolkit=$(ls -d "$environment"/lib/python3*/site-packages/nvidia/cu13)
PATH=$toolkit/bin:$PATH
export PATH
out=$environment/out
mkdir -p "$out"
failed=0

compile() { # name source arch
  nvcc --enable-tile -std=c++20 -arch="$3" -I"$toolkit/include" -I"$here" --tilecubin -o "$out/$1.$3.cubin" "$here/$2"
  cuobjdump -sass "$out/$1.$3.cubin" > "$out/$1.$3.sass"
}

# Every kernel of the file must hold the instruction.
expect() { # name arch instruction
  counts=$(awk -v op="$3" '/Function :/ { if (name != "") print name, n; name = $3; n = 0 }
    $0 ~ "[ .]" op "[. ]" { n++ } END { if (name != "") print name, n }' "$out/$1.$2.sass")
  total=$(printf '%s\n' "$counts" | awk '{ t += $2 } END { print t + 0 }')
  without=$(printf '%s\n' "$counts" | awk '$2 == 0' | wc -l)
  printf '%-10s %s  %-8s %s\n' "$1" "$2" "$3" "$total"
  if [ "$total" -eq 0 ] || [ "$without" -ne 0 ]; then
    echo "FAILED: a kernel of $1 has no $3 on $2"
    failed=1
  fi
}

for kernel in matmul attention; do
  source=ascender/kernels/$kernel/${kernel}_cuda.cu
  [ -f "$here/$source" ] || continue
  compile $kernel $source sm_80
  expect $kernel sm_80 HMMA
  expect $kernel sm_80 LDGSTS
  compile $kernel $source sm_90
  expect $kernel sm_90 HGMMA
  expect $kernel sm_90 UTMALDG
done

if nvidia-smi -L > /dev/null 2>&1; then
  nvcc --enable-tile -std=c++20 -arch=native -I"$toolkit/include" -I"$here" -L"$toolkit/lib" -o "$out/cuda_run" \
    "$here/ascender/tile/cuda/cuda_run.cu"
  LD_LIBRARY_PATH=$toolkit/lib "$out/cuda_run" || failed=1
else
  echo "SKIPPED: running, for there is no GPU here"
fi
exit $failed
