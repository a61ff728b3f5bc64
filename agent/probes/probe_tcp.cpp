// tcp: connect, and perhaps say something and look at the answer.
#include "agent/probes/probe.hpp"

namespace vigie::agent {
namespace {

constexpr size_t answer_bytes_max = 16 * 1024;

// "\r\n" and the like, as they can't be written in every YAML string.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
        const char meant = next == 'r' ? '\r' : next == 'n' ? '\n' : next == 't' ? '\t' : next == '\\' ? '\\' : '\0';
        plain += meant == '\0' ? text[i] : meant;
        i += meant == '\0' ? 0 : 1;
    }
    return plain;
}

Result<void> wait_for_text(Connection& connection, const std::string& expected) {
    std::string answer;
    while (answer.find(expected) == answer.npos) {
        if (answer.size() > answer_bytes_max) {
            return fail(ErrorCode::too_large, "{}: no '{}' in the first {} bytes", connection.peer(), expected,
                        answer_bytes_max);
        }
        auto more = connection.receive();
        if (!more && !answer.empty()) {
            return fail(ErrorCode::malformed, "{}: no '{}' in '{}'", connection.peer(), expected,
                        answer.substr(0, 200));
        }
        VIGIE_TRY(const auto bytes, std::move(more));
        answer += bytes;
    }
    return {};
}

}  // namespace

Result<ProbeAnswer> probe_tcp(const ProbeContext& context) {
    VIGIE_TRY(auto connection, context.connect(0));
    VIGIE_CHECK(connection.send(unescaped(context.text("send"))));
    if (const auto expected = unescaped(context.text("expect")); !expected.empty()) {
        VIGIE_CHECK(wait_for_text(connection, expected));
    }
    auto answer = good(connection.peer() + (context.text("expect").empty() ? " connects" : " answers as expected"));
    answer.values.push_back(
        {.label = "probe_ip_protocol", .value = connection.family() == AF_INET6 ? 6.0 : 4.0, .unit = {}});
    return answer;
}

}  // namespace vigie::agent
