// See the header for the form.
#include "agent/checks/check_memory.hpp"

#include <algorithm>

#include "agent/series/text.hpp"
#include "shared/core/harmless.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view title = "vigie checks ";
constexpr std::string_view version = "1";
// 2286-11-20: thirteen digits of milliseconds.
constexpr int64_t unix_ms_max = 9'999'999'999'999;

// Each with its length before it, so that no two lists of words make one text.
void add_word(std::string& text, std::string_view word) {
    text += fmt::format("{}:{}", word.size(), word);
}

// The next field as a number from 0 to max.
bool take(std::string_view& line, int64_t max, int64_t& number) {
    const auto read = number_in<int64_t>(cut(line, ' '));
    number = read.value_or(-1);
    return number >= 0 && number <= max;
}

// What advance() never makes is damage.
bool can_be(const CheckState& state) {
    return state.is_hard ? state.status == state.hard_status
                         : state.status != CheckStatus::ok && state.hard_status == CheckStatus::ok;
}

bool read_line(std::string_view line, RememberedChecks& into) {
    RememberedCheck read;
    const auto definition = hex_in(cut(line, ' '));
    int64_t status = 0, hard_status = 0, is_hard = 0, since = 0, hard_since = 0, last_run = 0, duration = 0;
    auto& state = read.state;
    if (!definition || !take(line, 3, status) || !take(line, 3, hard_status) || !take(line, 1, is_hard) ||
        !take(line, check_attempts_max, state.attempt) || state.attempt == 0 || !take(line, unix_ms_max, since) ||
        !take(line, unix_ms_max, hard_since) || !take(line, unix_ms_max, last_run) ||
        !take(line, unix_ms_max, duration)) {
        return false;
    }
    read.definition = *definition;
    state.has_result = true;
    state.status = static_cast<CheckStatus>(status);
    state.hard_status = static_cast<CheckStatus>(hard_status);
    state.is_hard = is_hard == 1;
    state.since = wall_from_unix_ms(since);
    state.hard_since = wall_from_unix_ms(hard_since);
    read.last_run_at = wall_from_unix_ms(last_run);
    read.duration = milliseconds{duration};
    const auto is_name = !line.empty() && line.size() <= check_name_bytes_max && line.find(' ') == line.npos;
    return is_name && can_be(state) && into.size() < checks_max && into.emplace(line, read).second;
}

}  // namespace

uint64_t definition_hash(const Check& check) {
    std::string text;
    for (const auto& word : {check.name, check.kind, check.category}) {
        add_word(text, word);
    }
    text += fmt::format("{} {} {} {} {} ", check.interval.count(), check.retry_interval.count(), check.timeout.count(),
                        check.max_attempts, check.labels.size());
    for (const auto& [name, value] : check.labels) {
        add_word(text, name);
        add_word(text, value);
    }
    for (const auto& [name, values] : check.settings) {
        add_word(text, name);
        text += fmt::format("{} ", values.size());
        for (const auto& value : values) {
            add_word(text, value);
        }
    }
    return hash_of(text);
}

std::string write_check_memory(const RememberedChecks& checks) {
    auto text = fmt::format("{}{}\n", title, version);
    for (const auto& [name, check] : checks) {
        const auto& state = check.state;
        text += fmt::format("{:x} {} {} {:d} {} {} {} {} {} {}\n", check.definition, static_cast<int>(state.status),
                            static_cast<int>(state.hard_status), state.is_hard, state.attempt, unix_ms(state.since),
                            unix_ms(state.hard_since), unix_ms(check.last_run_at), check.duration.count(), name);
    }
    return text;
}

Result<ParsedCheckMemory> parse_check_memory(std::string_view text) {
    const auto first = next_line(text);
    if (!first.starts_with(title)) {
        return fail(ErrorCode::malformed, "no states of checks: the first line must begin with '{}'", title);
    }
    if (first.substr(title.size()) != version) {
        return fail(ErrorCode::unsupported, "states of checks of version {}", harmless(first.substr(title.size(), 16)));
    }
    ParsedCheckMemory parsed;
    for (int number = 2; !text.empty(); ++number) {
        if (!read_line(next_line(text), parsed.checks)) {
            parsed.bad_lines.push_back(number);
        }
    }
    return parsed;
}

std::optional<RememberedCheck> recalled(const RememberedChecks& checks, const Check& check, WallTime now) {
    const auto found = checks.find(check.name);
    if (found == checks.end() || found->second.definition != definition_hash(check) ||
        found->second.state.attempt > check.max_attempts) {
        return std::nullopt;
    }
    auto known = found->second;
    for (auto* const time : {&known.state.since, &known.state.hard_since, &known.last_run_at}) {
        *time = std::min(*time, now);
    }
    return known;
}

}  // namespace vigie::agent
