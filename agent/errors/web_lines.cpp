// The error logs of nginx and of Apache's httpd.
#include <charconv>

#include "agent/errors/line_heads.hpp"
#include "agent/errors/line_scan.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

// Request fields stand at the end of a line; whatever a client sent stands before and inside of them. More than this is
// not looked through.
constexpr size_t looked_at_max = 16 * 1024;

// Between `before` and the first of `ends` behind it; "" when `before` is not there.
std::string_view between(std::string_view text, std::string_view before, std::string_view ends) {
    const auto at = text.find(before);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto rest = text.substr(at + before.size());
    return rest.substr(0, rest.find_first_of(ends));
}

// "GET /path HTTP/1.1"
void add_request_line(std::string_view request, RequestFacts& into) {
    LineScan scan(request);
    const auto method = scan.word();
    if (method.size() < 3 || method.size() > 16) {  // PUT to UPDATEREDIRECTREF of RFC 4437, nearly
        return;
    }
    into.method = method;
    into.url = cut_to(scan.word(), url_bytes_max);
}

// "[Fri Nov 28 00:40:50.123456 2026] "
bool take_apache_time(LineScan& scan) {
    auto ahead = scan;
    if (!ahead.take('[') || !ahead.take_letters(3) || !ahead.take(' ') || !ahead.take_letters(3) || !ahead.take(' ')) {
        return false;
    }
    ahead.skip_blanks();
    if (!ahead.take_digits(1, 2) || !ahead.take(' ') || !ahead.take_time() || !ahead.take(' ') ||
        !ahead.take_digits(4, 4) || !ahead.take("] ")) {
        return false;
    }
    scan = ahead;
    return true;
}

// "trace1" to "trace8" are one word of level_of_word's with a digit.
std::optional<Level> apache_level(std::string_view word) {
    if (!word.empty() && is_digit(word.back())) {
        word.remove_suffix(1);
    }
    return level_of_word(word);
}

}  // namespace

std::optional<LineHead> nginx_head(std::string_view line) {
    LineScan scan(line);
    std::string_view word;
    std::string_view process;
    if (line.size() < 5 || line[4] != '/' || !scan.take_date_time() || !scan.take(" [") ||
        !scan.take_until("] ", word)) {
        return std::nullopt;
    }
    const auto level = level_of_word(word);
    if (!level || !scan.take_until(": ", process)) {
        return std::nullopt;
    }
    auto ahead = scan;
    if (ahead.take('*') && ahead.take_digits(1, 20) && ahead.take(' ')) {  // the connection's number
        scan = ahead;
    }
    const auto message = scan.rest();
    return LineHead{*level, "nginx", message.substr(0, message.find(", client: "))};
}

void add_nginx_details(std::string_view line, LogRecord& record) {
    const auto at = line.find(", client: ");
    if (at == std::string_view::npos) {
        return;
    }
    const auto fields = line.substr(at, looked_at_max);
    record.request.client = cut_to(between(fields, ", client: ", ","), field_bytes_max);
    add_request_line(between(fields, ", request: \"", "\""), record.request);
}

std::optional<LineHead> apache_head(std::string_view line) {
    LineScan scan(line);
    std::string_view field;
    if (!take_apache_time(scan) || !scan.take('[') || !scan.take_until("] ", field)) {
        return std::nullopt;
    }
    const auto colon = field.find(':');
    const auto level = apache_level(colon == std::string_view::npos ? field : field.substr(colon + 1));
    if (!level) {
        return std::nullopt;
    }
    const auto module = colon == std::string_view::npos ? std::string_view() : field.substr(0, colon);
    while (scan.take("[pid ") || scan.take("[client ") || scan.take("[remote ")) {
        if (!scan.take_until("] ", field)) {
            return std::nullopt;
        }
    }
    const auto message = scan.rest();
    return LineHead{*level, module.empty() ? std::string_view("apache") : module,
                    message.substr(0, message.rfind(", referer: "))};
}

void add_apache_details(std::string_view line, LogRecord& record) {
    auto client = between(line.substr(0, looked_at_max), "[client ", "]");
    // "192.0.2.1:5678": without the port, which would be another one each time; an IPv6 address has several colons.
    const auto colon = client.rfind(':');
    const auto dots = client.find('.') != std::string_view::npos || client.find(':') == colon;
    record.request.client = cut_to(dots ? client.substr(0, colon) : client, field_bytes_max);
    add_php_details(record);
}

}  // namespace vigie::agent::errors
