#!/usr/bin/env bash
# Runs the tests of a build folder and counts the cases: tools/test.sh BUILD [ctest arguments].
# Ends with "N passed, N failed, N skipped"; exit 1 when any failed.
set -uo pipefail
build=$1
shift
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
GTEST_OUTPUT="xml:$results/" ctest --test-dir "$build" --output-on-failure "$@"
status=$?
python3 "$(dirname "$0")/count_tests.py" "$results" "$status"
