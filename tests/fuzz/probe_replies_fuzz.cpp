// fuzz: vigie_agent_probes
// Replies of servers. A reply that is read is within the bytes that there are, and the same bytes and more give the
// same reply: nothing is read beyond what a reply says it has used.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/probes/amqp_start.hpp"
#include "agent/probes/mariadb_packet.hpp"
#include "agent/probes/postgres_reply.hpp"
#include "agent/probes/redis_reply.hpp"
#include "agent/probes/smtp_reply.hpp"

namespace {

template <typename Parse>
void check(Parse parse, std::string_view bytes) {
    const auto reply = parse(bytes);
    if (!reply || !*reply) {
        return;
    }
    const auto used = (*reply)->consumed;
    if (used == 0 || used > bytes.size()) {
        __builtin_trap();
    }
    const auto again = parse(std::string(bytes.substr(0, used)) + "\r\n\x01+");
    if (!again || !*again || (*again)->consumed != used) {
        __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check([](std::string_view text) { return parse_redis_reply(text); }, bytes);
    check([](std::string_view text) { return parse_amqp_start(text); }, bytes);
    check([](std::string_view text) { return parse_smtp_reply(text); }, bytes);
    check([](std::string_view text) { return parse_postgres_reply(text); }, bytes);
    check([](std::string_view text) { return parse_mariadb_packet(text); }, bytes);
    static_cast<void>(redis_info_field(bytes, "role"));
    return 0;
}
