// smtp: banner, EHLO, QUIT; STARTTLS where it is wanted, up to the server's word that it begins.
#include "agent/probes/probe.hpp"
#include "agent/probes/smtp_reply.hpp"

namespace vigie::agent {
namespace {

constexpr int64_t smtp_port = 25;

// The reply when it has this code.
Result<SmtpReply> expect(Connection& connection, int code, std::string_view to) {
    VIGIE_TRY(auto reply, connection.read_reply(parse_smtp_reply));
    if (reply.code != code) {
        return fail(ErrorCode::unavailable, "{}: {} is answered with '{} {}'", connection.peer(), to, reply.code,
                    reply.lines.front().substr(0, 200));
    }
    return reply;
}

}  // namespace

Result<ProbeAnswer> probe_smtp(const ProbeContext& context) {
    VIGIE_TRY(auto connection, context.connect(smtp_port));
    VIGIE_TRY(const auto banner, expect(connection, 220, "a connection"));
    VIGIE_CHECK(connection.send(fmt::format("EHLO {}\r\n", context.text("hello", "localhost"))));
    VIGIE_TRY(const auto hello, expect(connection, 250, "EHLO"));
    if (context.flag("starttls", false)) {
        if (!has_extension(hello, "STARTTLS")) {
            return critical(fmt::format("{} does not offer STARTTLS", connection.peer()));
        }
        VIGIE_CHECK(connection.send("STARTTLS\r\n"));
        VIGIE_TRY(const auto begin, expect(connection, 220, "STARTTLS"));
        return good(fmt::format("{} begins TLS: {}", connection.peer(), begin.lines.front().substr(0, 100)));
    }
    // A server that is left without a word writes that into its log. What it answers does not matter.
    static_cast<void>(connection.send("QUIT\r\n"));
    return good(fmt::format("{} says {}", connection.peer(), banner.lines.front().substr(0, 200)));
}

}  // namespace vigie::agent
