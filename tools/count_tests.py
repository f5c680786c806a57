"""Adds up the GoogleTest results (XML) in a folder: prints what was skipped and why, then the three counts.

usage: count_tests.py FOLDER CTEST_STATUS     exit 1 when a case failed, a program died, or nothing ran.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml

folder, status = pathlib.Path(sys.argv[1]), int(sys.argv[2])
passed = failed = 0
skipped = []
for file in sorted(folder.glob("*.xml")):
    for case in xml.parse(file).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            reason = case.find("skipped")
            skipped.append((name, (reason.get("message") or "").strip().replace("\n", " ") if reason is not None else ""))
        elif case.get("status") == "run":
            passed += 1
for name, why in skipped:
    print(f"skipped {name}: {why}")
if status != 0 and failed == 0:
    failed = 1  # a test program died without a result
print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
sys.exit(1 if failed or not passed else 0)
