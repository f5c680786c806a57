#!/usr/bin/env bash
# The fast tests under the address and undefined-behaviour sanitizers, the threads label under the thread sanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
configure() {  # folder, sanitizers, SIMD targets to leave out
  cmake -S . -B "$1" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DASCENDER_SANITIZE="$2" -DASCENDER_WITHOUT="$3" >"$1.log" 2>&1 || { cat "$1.log"; exit 1; }
}
mkdir -p build
configure build/asan address,undefined AVX2
cmake --build build/asan -j "$jobs"
ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 tools/test.sh build/asan -L fast
configure build/tsan thread "AVX512;AVX2"  # g++ 12 fails on AVX-512 stores under -fsanitize=thread
cmake --build build/tsan -j "$jobs" --target threads_tests
TSAN_OPTIONS=halt_on_error=1 tools/test.sh build/tsan -L threads
