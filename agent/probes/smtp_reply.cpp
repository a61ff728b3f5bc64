// Lines "250-TEXT", and "250 TEXT" for the last.
#include "agent/probes/smtp_reply.hpp"

#include <algorithm>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr size_t line_bytes_max = 2048;  // RFC 5321 allows 512; some servers are generous
constexpr size_t lines_max = 64;

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

Result<std::optional<SmtpReply>> parse_smtp_reply(std::string_view bytes) {
    SmtpReply reply;
    auto rest = bytes;
    for (;;) {
        const auto end = rest.find('\n');
        if (end == rest.npos) {
            return rest.size() > line_bytes_max
                       ? Result<std::optional<SmtpReply>>(fail(ErrorCode::malformed, "no SMTP: a line without an end"))
                       : std::nullopt;
        }
        auto line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        const auto code = number_in<int>(line.substr(0, 3)).value_or(0);
        const char mark = line.size() > 3 ? line[3] : ' ';
        const bool is_other = !reply.lines.empty() && code != reply.code;
        if (code < 200 || code > 599 || (mark != ' ' && mark != '-') || is_other || reply.lines.size() == lines_max) {
            return fail(ErrorCode::malformed, "no SMTP: it says '{}'", line.substr(0, 64));
        }
        reply.code = code;
        reply.lines.emplace_back(line.substr(std::min<size_t>(4, line.size())));
        if (mark == ' ') {
            reply.consumed = bytes.size() - rest.size();
            return reply;
        }
    }
}

bool has_extension(const SmtpReply& reply, std::string_view keyword) {
    return std::any_of(reply.lines.begin(), reply.lines.end(), [keyword](std::string_view line) {
        const auto word = line.substr(0, std::min(line.find(' '), line.size()));
        return word.size() == keyword.size() &&
               std::equal(word.begin(), word.end(), keyword.begin(), [](char a, char b) { return upper(a) == b; });
    });
}

}  // namespace vigie::agent
