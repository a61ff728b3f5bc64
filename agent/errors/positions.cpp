// See the header for the form.
#include "agent/errors/positions.hpp"

#include <array>
#include <charconv>

namespace vigie::agent::errors {
namespace {

constexpr std::string_view title = "vigie positions ";
constexpr std::string_view version = "1";

std::string escaped(std::string_view path) {
    std::string out;
    for (const char c : path) {
        out += c == '\n' ? "%0a" : c == '%' ? "%25" : std::string(1, c);
    }
    return out;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
        } else if (const auto code = text.substr(at, 3); code == "%0a" || code == "%25") {
            out += code == "%25" ? '%' : '\n';
            at += 2;
        } else {
            return std::nullopt;
        }
    }
    return out;
}

bool read_line(std::string_view line, Positions& into) {
    std::array<uint64_t, 4> numbers{};
    for (auto& number : numbers) {
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number, 16);
        const auto length = static_cast<size_t>(end - line.data());
        if (error != std::errc{} || length >= line.size() || *end != ' ') {
            return false;
        }
        line.remove_prefix(length + 1);
    }
    const auto path = unescaped(line);
    if (!path || path->empty()) {
        return false;
    }
    into.insert_or_assign(
        *path,
        Position{.file = {.device = numbers[0], .inode = numbers[1]}, .offset = numbers[2], .tail_hash = numbers[3]});
    return true;
}

}  // namespace

std::string write_positions(const Positions& positions) {
    auto text = fmt::format("{}{}\n", title, version);
    for (const auto& [path, position] : positions) {
        text += fmt::format("{:x} {:x} {:x} {:x} {}\n", position.file.device, position.file.inode, position.offset,
                            position.tail_hash, escaped(path));
    }
    return text;
}

Result<ParsedPositions> parse_positions(std::string_view text) {
    const auto first = text.substr(0, text.find('\n'));
    if (!first.starts_with(title)) {
        return fail(ErrorCode::malformed, "no positions of logs: the first line must begin with '{}'", title);
    }
    if (first.substr(title.size()) != version) {
        return fail(ErrorCode::unsupported, "positions of logs of version {}", first.substr(title.size(), 16));
    }
    ParsedPositions parsed;
    text.remove_prefix(std::min(first.size() + 1, text.size()));
    for (int number = 2; !text.empty(); ++number) {
        const auto line = text.substr(0, text.find('\n'));
        if (!read_line(line, parsed.positions)) {
            parsed.bad_lines.push_back(number);
        }
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return parsed;
}

}  // namespace vigie::agent::errors
