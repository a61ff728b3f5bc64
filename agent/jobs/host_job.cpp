// The table of jobs and the patterns of their parameters.
#include "agent/jobs/host_job.hpp"

#include <regex.h>

#include <charconv>
#include <optional>
#include <variant>

#include "shared/core/assert.hpp"

namespace vigie::agent {
namespace {
std::optional<int64_t> parse_integer(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool is_word(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
               std::string_view::npos;
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

struct Range {
    int64_t min = INT64_MIN;
    int64_t max = INT64_MAX;
};
struct Word {};
struct Choice {
    std::vector<std::string> words;
};
struct Regex {
    regex_t compiled{};
    bool is_compiled = false;
    Regex() = default;
    Regex(Regex&& other) noexcept : compiled(other.compiled), is_compiled(std::exchange(other.is_compiled, false)) {}
    Regex& operator=(Regex&&) = delete;
    ~Regex() {
        if (is_compiled) {
            regfree(&compiled);
        }
    }
};
using AnyRule = std::variant<Range, Word, Choice, Regex>;

Result<AnyRule> parse_range(std::string_view text) {
    const auto dots = text.find("..");
    const auto min = parse_integer(text.substr(0, dots));
    const auto max = dots == text.npos ? std::nullopt : parse_integer(text.substr(dots + 2));
    if (!min || !max || *min > *max) {
        return fail(ErrorCode::malformed, "'{}' is not a range such as 1..10", text);
    }
    return Range{*min, *max};
}

Result<AnyRule> parse_regex(const std::string& text) {
    if (text.empty()) {
        return fail(ErrorCode::malformed, "a pattern is empty");
    }
    Regex regex;
    const auto whole = "^(" + text + ")$";
    if (const int status = regcomp(&regex.compiled, whole.c_str(), REG_EXTENDED | REG_NOSUB); status != 0) {
        std::array<char, 128> why{};
        regerror(status, &regex.compiled, why.data(), why.size());
        return fail(ErrorCode::malformed, "'{}' is not a regular expression: {}", text, why.data());
    }
    regex.is_compiled = true;
    return AnyRule(std::move(regex));
}

Result<AnyRule> parse_rule(std::string_view text) {
    if (text == "integer") {
        return Range{};
    }
    if (text == "word") {
        return Word{};
    }
    if (text.starts_with("integer ")) {
        return parse_range(text.substr(8));
    }
    if (text.starts_with("choice ")) {
        Choice choice;
        for (auto rest = text.substr(7);; rest.remove_prefix(rest.find('|') + 1)) {
            choice.words.emplace_back(rest.substr(0, rest.find('|')));
            if (rest.find('|') == rest.npos) {
                return choice;
            }
        }
    }
    return parse_regex(std::string(text));
}

bool is_match(const Range& range, const std::string& value) {
    const auto number = parse_integer(value);
    return number && *number >= range.min && *number <= range.max;
}
bool is_match(const Word&, const std::string& value) {
    return is_word(value);
}
bool is_match(const Choice& choice, const std::string& value) {
    return std::find(choice.words.begin(), choice.words.end(), value) != choice.words.end();
}
bool is_match(const Regex& regex, const std::string& value) {
    return regexec(&regex.compiled, value.c_str(), 0, nullptr, 0) == 0;
}
}  // namespace

struct ParameterPattern::Rule {
    AnyRule any;
};

ParameterPattern::ParameterPattern(std::string text, std::unique_ptr<Rule> rule)
    : text_(std::move(text)), rule_(std::move(rule)) {}
ParameterPattern::~ParameterPattern() = default;
ParameterPattern::ParameterPattern(ParameterPattern&&) noexcept = default;
ParameterPattern& ParameterPattern::operator=(ParameterPattern&&) noexcept = default;

Result<ParameterPattern> ParameterPattern::parse(std::string_view text) {
    VIGIE_TRY(auto rule, parse_rule(text));
    return ParameterPattern(std::string(text), std::unique_ptr<Rule>(new Rule{std::move(rule)}));
}

bool ParameterPattern::matches(const std::string& value) const {
    return value.size() <= parameter_value_bytes_max && !has_control(value) &&
           std::visit([&value](const auto& rule) { return is_match(rule, value); }, rule_->any);
}

std::vector<HostJob> with_host_name(std::vector<HostJob> jobs, const std::string& host) {
    for (auto& job : jobs) {
        if (job.kind == HostJobKind::backup) {
            VIGIE_ASSERT(job.worker_arguments.size() >= 2);  // backup run …
            job.worker_arguments.insert(job.worker_arguments.begin() + 2, {"--host", host});
        }
    }
    return jobs;
}

Result<JobTable> JobTable::make(std::vector<HostJob> jobs) {
    JobTable table;
    for (auto& job : jobs) {
        const auto at = job.place.empty() ? std::string() : job.place + ": ";
        if (!is_word(job.name)) {
            return fail(ErrorCode::malformed, "{}job '{}': a name has letters, digits and . _ - only", at, job.name);
        }
        if (job.timeout <= 0ms || job.worker_arguments.empty()) {
            return fail(ErrorCode::malformed, "{}job '{}': needs a timeout above zero and something to do", at,
                        job.name);
        }
        Entry entry;
        for (const auto& [name, text] : job.parameters) {
            auto pattern = ParameterPattern::parse(text);
            if (!pattern || !is_word(name)) {
                return fail(ErrorCode::malformed, "{}job '{}': parameter '{}': {}", at, job.name, name,
                            pattern ? "a name has letters, digits and . _ - only" : pattern.error().message);
            }
            entry.patterns.emplace(name, std::move(*pattern));
        }
        auto name = job.name;
        entry.job = std::move(job);
        if (!table.jobs_.emplace(name, std::move(entry)).second) {
            return fail(ErrorCode::conflict, "{}job '{}' is defined twice", at, name);
        }
    }
    return table;
}

const HostJob* JobTable::find(std::string_view name) const {
    const auto found = jobs_.find(name);
    return found == jobs_.end() ? nullptr : &found->second.job;
}

std::vector<std::string> JobTable::names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : jobs_) {
        names.push_back(name);
    }
    return names;
}

Result<void> JobTable::check(std::string_view job, const std::map<std::string, std::string>& parameters) const {
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) {
        return fail(ErrorCode::not_found, "this host has no job '{}' in its configuration", job);
    }
    for (const auto& [name, value] : parameters) {
        const auto pattern = found->second.patterns.find(name);
        if (pattern == found->second.patterns.end()) {
            return fail(ErrorCode::malformed, "job '{}' takes no parameter '{}' on this host", job, name);
        }
        if (!pattern->second.matches(value)) {
            return fail(ErrorCode::malformed, "job '{}': the value of '{}' does not match '{}' on this host", job, name,
                        pattern->second.text());
        }
    }
    return {};
}

std::string environment_name(std::string_view parameter) {
    std::string name = "VIGIE_PARAM_";
    for (const char c : parameter) {
        const bool is_letter = c >= 'a' && c <= 'z';
        const bool is_kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name.push_back(is_letter ? static_cast<char>(c - 'a' + 'A') : is_kept ? c : '_');
    }
    return name;
}

}  // namespace vigie::agent
