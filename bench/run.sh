#!/bin/bash
# What `make bench` runs: bench/run.sh PROGRAM WHAT [FLAGS]. WHAT empty: the roof, everything on one thread, then
# training steps, their memory and the start on all processors. Leaves build/bench.{txt,jsonl,svg}.
set -euo pipefail
program=$1 what=$2
shift 2
out=build/bench
rm -f $out.txt $out.jsonl $out.svg
bench() { "$program" bench "$@" --lines $out.jsonl --svg $out.svg | tee -a $out.txt; }
if [ -n "$what" ]; then
  bench $what "$@"
else
  "$program" bench roof | tee $out.txt
  bench all "$@"
  mv $out.svg $out-kernels.svg
  bench step memory start exactness --threads "$(nproc)" "$@"
  mv $out-kernels.svg $out.svg
fi
echo "written: $out.txt $out.jsonl $out.svg"
