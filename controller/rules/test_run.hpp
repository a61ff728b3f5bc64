// Runs the unit tests of a file over its rules, offline: time begins at 0 and goes on by the evaluation interval.
#pragma once
#include "controller/rules/rule.hpp"
#include "controller/rules/test_file.hpp"

namespace vigie::controller::rules {

// A test that does not hold.
struct TestFailure {
    enum class Kind { alert, expression, evaluation };
    Kind kind = Kind::evaluation;
    std::string test;     // the case's name; may be empty
    int line = 0;         // of the test file
    std::string subject;  // the alert's name, the expression, or the rule that failed
    milliseconds at{0};
    std::vector<std::string> expected;  // as text, one for each alert or sample, sorted
    std::vector<std::string> got;
    std::string problem;  // of an evaluation that failed
};

struct TestResult {
    size_t checks = 0;  // alerts and expressions looked at
    std::vector<TestFailure> failures;
};

// `groups`: of all rule files of the test file.
TestResult run_tests(const TestFile& file, const std::vector<RuleGroup>& groups);

}  // namespace vigie::controller::rules
