"""Sums a test run up in one line, `N passed, N failed`, counting each test case.

Reads ctest's own report for what ran, and the detailed report of each Boost.Test executable for its cases. The two must agree
with each other and with ctest's exit status; where they do not, that is counted as a failure.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


def cases_of(report):
    """(passed, failed) of one Boost.Test report."""
    results = [case.get("result") for case in xml.parse(report).getroot().iter("TestCase")]
    return results.count("passed"), sum(result not in ("passed", "skipped") for result in results)


def main(build, ctest_status):
    passed = failed = 0
    for test in xml.parse(build / "ctest.xml").getroot().iter("testcase"):
        name = test.get("name")
        succeeded = test.get("status") == "run"
        report = build / "cases" / f"{name}.xml"
        try:
            case_passed, case_failed = cases_of(report)
        except (OSError, xml.ParseError):
            case_passed, case_failed = (1, 0) if succeeded else (0, 1)
        if not succeeded and case_failed == 0:
            case_failed = 1  # it crashed or ran out of time outside any case
        if not succeeded:
            print(f"failed: {name}")
        passed += case_passed
        failed += case_failed
    if ctest_status != 0 and failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), int(sys.argv[2])))
