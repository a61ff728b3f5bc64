// Words to levels.
#include "agent/errors/level.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/errors/line_scan.hpp"

namespace vigie::agent::errors {
namespace {

constexpr size_t word_bytes_max = 13;  // "informational"
// A level stands at the beginning; further on the word is what the message is about.
constexpr size_t guessed_bytes_max = 96;

constexpr std::array<std::pair<std::string_view, Level>, 23> words{{
    {"trace", Level::debug},       {"debug", Level::debug},        {"fine", Level::debug},
    {"info", Level::info},         {"information", Level::info},   {"informational", Level::info},
    {"notice", Level::notice},     {"deprecated", Level::notice},  {"warn", Level::warning},
    {"warning", Level::warning},   {"error", Level::error},        {"err", Level::error},
    {"severe", Level::error},      {"failure", Level::error},      {"exception", Level::error},
    {"critical", Level::critical}, {"crit", Level::critical},      {"fatal", Level::critical},
    {"alert", Level::critical},    {"emergency", Level::critical}, {"emerg", Level::critical},
    {"panic", Level::critical},    {"dpanic", Level::critical},
}};

bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

bool is_letter(char c) {
    return is_capital(c) || (c >= 'a' && c <= 'z');
}

// Whether the word at [begin, end) stands where a level does.
bool stands_as_level(std::string_view text, size_t begin, size_t end) {
    const char before = begin > 0 ? text[begin - 1] : ' ';
    const char after = end < text.size() ? text[end] : ' ';
    if (before == '[' && after == ']') {
        return true;
    }
    if (before == '=' || (before == '"' && begin > 1 && text[begin - 2] == '=')) {
        return true;  // level=error, level="error"
    }
    const bool is_free = before == ' ' || begin == 0 || before == '[' || before == '<' || before == '|';
    const bool is_shouted = std::all_of(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                        text.begin() + static_cast<std::ptrdiff_t>(end), is_capital);
    return is_free && (after == ':' || is_shouted);
}

}  // namespace

std::string_view name_of(Level level) {
    constexpr std::array<std::string_view, 6> names{"debug", "info", "notice", "warning", "error", "critical"};
    return names.at(static_cast<size_t>(level) - 1);
}

std::optional<Level> level_of_word(std::string_view word) {
    if (word.size() > word_bytes_max) {
        return std::nullopt;
    }
    for (const auto& [known, level] : words) {
        if (is_same_word(word, known)) {
            return level;
        }
    }
    return std::nullopt;
}

Level level_of_severity(unsigned severity) {
    constexpr std::array<Level, 8> levels{Level::critical, Level::critical, Level::critical, Level::error,
                                          Level::warning,  Level::notice,   Level::info,     Level::debug};
    return levels.at(std::min(severity, 7U));
}

std::optional<Level> level_of_number(int64_t number) {
    if (number < 0 || number > 600 || (number > 60 && number < 100)) {
        return std::nullopt;
    }
    if (number <= 7) {
        return level_of_severity(static_cast<unsigned>(number));
    }
    if (number <= 60) {  // pino: trace 10, debug 20, info 30, warn 40, error 50, fatal 60
        return number >= 60   ? Level::critical
               : number >= 50 ? Level::error
               : number >= 40 ? Level::warning
               : number >= 30 ? Level::info
                              : Level::debug;
    }
    return number >= 500   ? Level::critical  // Monolog: 500 critical, 550 alert, 600 emergency
           : number >= 400 ? Level::error
           : number >= 300 ? Level::warning
           : number >= 250 ? Level::notice
           : number >= 200 ? Level::info
                           : Level::debug;
}

std::optional<Level> guess_level(std::string_view message) {
    const auto head = message.substr(0, guessed_bytes_max);
    for (size_t at = 0; at < head.size();) {
        if (!is_letter(head[at])) {
            ++at;
            continue;
        }
        size_t end = at;
        while (end < message.size() && is_letter(message[end])) {
            ++end;
        }
        if (const auto level = level_of_word(message.substr(at, end - at));
            level && stands_as_level(message, at, end)) {
            return level;
        }
        at = end;
    }
    return std::nullopt;
}

}  // namespace vigie::agent::errors
