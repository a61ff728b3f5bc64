// redis (and valkey): AUTH, PING, and INFO replication where a role is expected.
#include "agent/probes/probe.hpp"
#include "agent/probes/redis_reply.hpp"

namespace vigie::agent {
namespace {

constexpr int64_t redis_port = 6379;

Result<RedisReply> ask(Connection& connection, std::initializer_list<std::string_view> words) {
    VIGIE_CHECK(connection.send(encode_redis_command(words)));
    VIGIE_TRY(auto reply, connection.read_reply(parse_redis_reply));
    if (reply.kind == RedisReply::Kind::error) {
        return fail(ErrorCode::denied, "{}: {} is answered with '{}'", connection.peer(), *words.begin(), reply.text);
    }
    return reply;
}

Result<void> log_in(Connection& connection, const ProbeContext& context, const std::string& password) {
    if (password.empty()) {
        return {};
    }
    const auto user = context.text("user");
    const auto reply = user.empty() ? ask(connection, {"AUTH", password}) : ask(connection, {"AUTH", user, password});
    return reply ? Result<void>{} : fail(reply.error());
}

// redis says "slave" of a replica.
Result<ProbeAnswer> look_at_role(Connection& connection, const std::string& wanted) {
    VIGIE_TRY(const auto reply, ask(connection, {"INFO", "replication"}));
    const auto told = redis_info_field(reply.text, "role");
    const auto role = told == "slave" ? std::string("replica") : std::string(told);
    if (role != wanted) {
        return critical(fmt::format("{} is {}, not {}", connection.peer(), role.empty() ? "of no role" : role, wanted));
    }
    if (role == "replica" && redis_info_field(reply.text, "master_link_status") != "up") {
        return critical(fmt::format("{} is a replica without a link to its master", connection.peer()));
    }
    return good(fmt::format("{} answers PING and is {}", connection.peer(), role));
}

}  // namespace

Result<ProbeAnswer> probe_redis(const ProbeContext& context) {
    const auto password = context.secret("password_file");
    if (!password) {
        return unknown(password.error());
    }
    VIGIE_TRY(auto connection, context.connect(redis_port));
    VIGIE_CHECK(log_in(connection, context, *password));
    VIGIE_TRY(const auto pong, ask(connection, {"PING"}));
    if (pong.text != "PONG") {
        return critical(fmt::format("{} answers PING with '{}'", connection.peer(), pong.text.substr(0, 100)));
    }
    const auto role = context.text("role");
    return role.empty() ? good(connection.peer() + " answers PING") : look_at_role(connection, role);
}

}  // namespace vigie::agent
