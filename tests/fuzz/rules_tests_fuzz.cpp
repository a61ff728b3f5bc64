// fuzz: vigie_controller_rules
// Any text as a file of unit tests, as a series and as its values: refused, or run over no rules; never a crash.
#include <cstdlib>

#include "controller/rules/test_run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    namespace rules = vigie::controller::rules;
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    static_cast<void>(rules::parse_metric(text));
    if (const auto values = rules::parse_values(text); values && values->size() > rules::notation_values_max) {
        std::abort();
    }
    const auto file = rules::read_test_file(text, "t.yml");
    for (const auto& fault : file.faults) {
        if (fault.line < 1) {
            std::abort();
        }
    }
    // Many evaluations only take time.
    const auto is_short = [&file](const auto& one) { return one.at / file.evaluation_interval < 100; };
    for (const auto& test : file.faults.empty() ? file.tests : std::vector<rules::TestCase>()) {
        if (!std::all_of(test.alert_tests.begin(), test.alert_tests.end(), is_short) ||
            !std::all_of(test.expression_tests.begin(), test.expression_tests.end(), is_short)) {
            return 0;
        }
    }
    if (file.faults.empty()) {
        static_cast<void>(rules::run_tests(file, {}));
    }
    return 0;
}
