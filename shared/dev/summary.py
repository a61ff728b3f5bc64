"""Sums a test run up in one line, `N passed, N failed`, counting each test case.

    summary.py STATUS BUILD...   the worst exit status of ctest, and the folders that it ran in

Reads ctest's own report of each folder for what ran, and the detailed report of each Boost.Test executable for its cases. The two
must agree with each other and with ctest's exit status; where they do not, that is counted as a failure. So is a folder without
a report: its build failed, or ctest never ran.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


def cases_of(report):
    """(passed, failed) of one Boost.Test report."""
    results = [case.get("result") for case in xml.parse(report).getroot().iter("TestCase")]
    return results.count("passed"), sum(result not in ("passed", "skipped") for result in results)


def sum_of(build):
    """(passed, failed) of one folder's run; names on standard output what failed."""
    try:
        tests = list(xml.parse(build / "ctest.xml").getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        print(f"failed: {build} has no report of its tests: {error}")
        return 0, 1
    passed = failed = 0
    for test in tests:
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
    return passed, failed


def main(ctest_status, builds):
    sums = [sum_of(build) for build in builds]
    passed, failed = sum(each[0] for each in sums), sum(each[1] for each in sums)
    if ctest_status != 0 and failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not all(passed for passed, _ in sums) else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), [pathlib.Path(folder) for folder in sys.argv[2:]]))
