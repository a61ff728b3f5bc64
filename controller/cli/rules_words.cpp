// What was read, what is wrong with it, and what was expected and came.
#include "controller/cli/rules_words.hpp"

#include <fnmatch.h>

#include "controller/cli/table.hpp"
#include "controller/rules/rule_file.hpp"
#include "controller/rules/test_run.hpp"

namespace vigie::controller {
namespace {

using rules::Fault;
using rules::TestFailure;

std::string counted(size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

Json json_of(const std::vector<Fault>& faults) {
    auto list = Json::array();
    for (const auto& one : faults) {
        list.push_back({{"file", one.file}, {"line", one.line}, {"column", one.column}, {"message", one.message}});
    }
    return list;
}

std::string text_of(const std::vector<Fault>& faults) {
    std::string text;
    for (const auto& one : faults) {
        text += harmless(one.text()) + "\n";
    }
    return text;
}

std::string json_text(const Json& value) {
    return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

rules::RuleFile read_rules(Files& files, const std::string& path) {
    const auto text = files.read(path, config_file_bytes_max);
    if (!text) {
        return {.faults = {Fault{text.error().code, path, 1, 0, text.error().message}}};
    }
    return rules::read_rule_file(*text, path);
}

// The files that a path with *, ? and […] in any of its parts names.
std::vector<std::string> matching_files(Files& files, const std::string& folder, std::string_view pattern) {
    const auto slash = pattern.find('/');
    const std::string part(pattern.substr(0, slash));
    const auto rest = slash == std::string_view::npos ? std::string_view() : pattern.substr(slash + 1);
    std::vector<std::string> next;
    if (part.empty()) {
        next.push_back(folder.empty() ? "/" : folder);
    } else if (part.find_first_of("*?[") == std::string::npos) {
        next.push_back(folder.empty() ? part : join_path(folder, part));
    } else {
        for (const auto& name : files.list(folder.empty() ? "." : folder).value_or(std::vector<std::string>())) {
            if (fnmatch(part.c_str(), name.c_str(), 0) == 0) {
                next.push_back(folder.empty() ? name : join_path(folder, name));
            }
        }
    }
    std::vector<std::string> found;
    for (const auto& path : next) {
        if (slash == std::string_view::npos) {
            if (files.is_present(path)) {
                found.push_back(path);
            }
        } else {
            const auto inside = matching_files(files, path, rest);
            found.insert(found.end(), inside.begin(), inside.end());
        }
    }
    return found;
}

// What came of one file of tests.
struct Tested {
    std::string path;
    std::vector<Fault> faults;  // of the file and of its rule files
    rules::TestResult result;
    bool is_good() const { return faults.empty() && result.failures.empty(); }
};

Tested run_file(Files& files, const std::string& path) {
    Tested tested{.path = path, .faults = {}, .result = {}};
    const auto text = files.read(path, config_file_bytes_max);
    if (!text) {
        tested.faults.push_back({text.error().code, path, 1, 0, text.error().message});
        return tested;
    }
    auto file = rules::read_test_file(*text, path);
    tested.faults = std::move(file.faults);
    std::vector<rules::RuleGroup> groups;
    for (const auto& pattern : file.rule_files) {
        const auto slash = path.rfind('/');
        const auto folder = pattern.starts_with('/') || slash == std::string::npos ? "" : path.substr(0, slash);
        const auto found = matching_files(files, folder, pattern);
        if (found.empty()) {
            tested.faults.push_back(
                {ErrorCode::not_found, path, 1, 0, fmt::format("rule_files: there is no file '{}'", pattern)});
        }
        for (const auto& one : found) {
            auto read = read_rules(files, one);
            tested.faults.insert(tested.faults.end(), read.faults.begin(), read.faults.end());
            std::move(read.groups.begin(), read.groups.end(), std::back_inserter(groups));
        }
    }
    if (tested.faults.empty()) {
        tested.result = rules::run_tests(file, groups);
    }
    return tested;
}

std::string_view kind_of(const TestFailure& failure) {
    return failure.kind == TestFailure::Kind::alert        ? "alertname"
           : failure.kind == TestFailure::Kind::expression ? "expr"
                                                           : "rule";
}

std::string listed(std::string_view title, const std::vector<std::string>& lines) {
    auto text = fmt::format("    {}:{}\n", title, lines.empty() ? " nothing" : "");
    for (const auto& line : lines) {
        text += fmt::format("      {}\n", harmless(line));
    }
    return text;
}

std::string text_of(const Tested& tested, const TestFailure& failure) {
    auto text = fmt::format("FAILED {}:{}: {}{}: {}, time: {}\n", tested.path, failure.line,
                            failure.test.empty() ? "" : harmless(failure.test) + ": ", kind_of(failure),
                            harmless(failure.subject), format_duration(failure.at));
    if (!failure.problem.empty()) {
        return text + fmt::format("    {}\n", harmless(failure.problem));
    }
    return text + listed("expected", failure.expected) + listed("got", failure.got);
}

std::string text_of(const Tested& tested) {
    auto text = text_of(tested.faults);
    for (const auto& failure : tested.result.failures) {
        text += text_of(tested, failure);
    }
    const auto checks = counted(tested.result.checks, "check");
    if (!tested.faults.empty()) {
        return text + fmt::format("{}: not run\n", tested.path);
    }
    return text + (tested.is_good() ? fmt::format("{}: {}, all hold\n", tested.path, checks)
                                    : fmt::format("{}: {}, {}\n", tested.path, checks,
                                                  counted(tested.result.failures.size(), "failure")));
}

Json json_of(const Tested& tested) {
    auto failures = Json::array();
    for (const auto& one : tested.result.failures) {
        failures.push_back({{"kind", kind_of(one)},
                            {"name", one.subject},
                            {"time", format_duration(one.at)},
                            {"test", one.test},
                            {"line", one.line},
                            {"expected", one.expected},
                            {"got", one.got},
                            {"problem", one.problem}});
    }
    return {{"file", tested.path},
            {"is_good", tested.is_good()},
            {"checks", tested.result.checks},
            {"failures", failures},
            {"faults", json_of(tested.faults)}};
}

}  // namespace

RulesPage check_rules(Files& files, const std::vector<std::string>& paths, const Look& look) {
    RulesPage page{.text = "", .is_good = true};
    auto list = Json::array();
    for (const auto& path : paths) {
        const auto read = read_rules(files, path);
        size_t count = 0;
        for (const auto& group : read.groups) {
            count += group.rules.size();
        }
        page.is_good = page.is_good && read.faults.empty();
        list.push_back({{"file", path},
                        {"is_good", read.faults.empty()},
                        {"groups", read.groups.size()},
                        {"rules", count},
                        {"faults", json_of(read.faults)}});
        page.text += text_of(read.faults) + (read.faults.empty()
                                                 ? fmt::format("{}: {} in {}\n", path, counted(count, "rule"),
                                                               counted(read.groups.size(), "group"))
                                                 : fmt::format("{}: {}\n", path, counted(read.faults.size(), "fault")));
    }
    if (look.format == Format::json) {
        page.text = json_text(list);
    }
    return page;
}

RulesPage test_rules(Files& files, const std::vector<std::string>& paths, const Look& look) {
    RulesPage page{.text = "", .is_good = true};
    auto list = Json::array();
    for (const auto& path : paths) {
        const auto tested = run_file(files, path);
        page.is_good = page.is_good && tested.is_good();
        page.text += text_of(tested);
        list.push_back(json_of(tested));
    }
    if (look.format == Format::json) {
        page.text = json_text(list);
    }
    return page;
}

}  // namespace vigie::controller
