// amqp: the protocol's header, to which RabbitMQ answers with Connection.Start. Nobody logs in.
#include "agent/probes/amqp_start.hpp"
#include "agent/probes/probe.hpp"

namespace vigie::agent {
namespace {
constexpr int64_t amqp_port = 5672;
}

Result<ProbeAnswer> probe_amqp(const ProbeContext& context) {
    VIGIE_TRY(auto connection, context.connect(amqp_port));
    VIGIE_CHECK(connection.send(amqp_protocol_header));
    VIGIE_TRY(const auto start, connection.read_reply(parse_amqp_start));
    return good(fmt::format("{} speaks AMQP {}.{}, takes {}", connection.peer(), start.version_major,
                            start.version_minor, start.mechanisms.substr(0, 100)));
}

}  // namespace vigie::agent
