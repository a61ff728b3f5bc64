// postgresql and mariadb: the first bytes of their protocols. Whether queries work, a command with the database's own
// client tells.
#include "agent/probes/mariadb_packet.hpp"
#include "agent/probes/postgres_reply.hpp"
#include "agent/probes/probe.hpp"

namespace vigie::agent {
namespace {

constexpr int64_t postgres_port = 5432;
constexpr int64_t mariadb_port = 3306;
constexpr std::string_view own_user = "vigie";

constexpr std::string_view sqlstate_cannot_connect_now = "57P03";  // starting, stopping or in recovery
constexpr std::string_view sqlstate_too_many_connections = "53300";
// Of mariadb: numbers that refuse this login and not the next one's.
constexpr int error_access_denied = 1045;
constexpr int error_plugin_not_loaded = 1524;
constexpr int error_access_denied_no_password = 1698;

}  // namespace

Result<ProbeAnswer> probe_postgresql(const ProbeContext& context) {
    VIGIE_TRY(auto connection, context.connect(postgres_port));
    VIGIE_CHECK(
        connection.send(encode_postgres_startup(context.text("user", own_user), context.text("database", "postgres"))));
    VIGIE_TRY(const auto reply, connection.read_reply(parse_postgres_reply));
    const bool is_refused =
        reply.sqlstate == sqlstate_cannot_connect_now || reply.sqlstate == sqlstate_too_many_connections;
    if (reply.is_error && is_refused) {
        return critical(fmt::format("{} takes no connections: {}", connection.peer(), reply.message.substr(0, 300)));
    }
    return good(connection.peer() + " takes connections");
}

Result<ProbeAnswer> probe_mariadb(const ProbeContext& context) {
    VIGIE_TRY(auto connection, context.connect(mariadb_port));
    VIGIE_TRY(const auto greeting, connection.read_reply(parse_mariadb_packet));
    if (greeting.kind != MariadbPacket::Kind::greeting) {
        return critical(fmt::format("{} takes no connections: {} {}", connection.peer(), greeting.error_code,
                                    greeting.text.substr(0, 300)));
    }
    VIGIE_CHECK(connection.send(encode_mariadb_login(context.text("user", own_user))));
    VIGIE_TRY(auto answer, connection.read_reply(parse_mariadb_packet));
    if (answer.kind == MariadbPacket::Kind::other) {
        VIGIE_CHECK(connection.send(encode_mariadb_empty(answer.sequence + 1)));
        VIGIE_TRY(answer, connection.read_reply(parse_mariadb_packet));
    }
    const bool is_denied = answer.error_code == error_access_denied || answer.error_code == error_plugin_not_loaded ||
                           answer.error_code == error_access_denied_no_password;
    if (answer.kind == MariadbPacket::Kind::error && !is_denied) {
        return critical(
            fmt::format("{} takes no logins: {} {}", connection.peer(), answer.error_code, answer.text.substr(0, 300)));
    }
    return good(fmt::format("{} takes logins, version {}", connection.peer(), greeting.text));
}

}  // namespace vigie::agent
