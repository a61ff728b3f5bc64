// The first frame of an AMQP 0-9-1 server, Connection.Start: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf,
// sections 2.3.5 and 4.2; or the eight bytes with which a server of another version answers. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent {

constexpr std::string_view amqp_protocol_header{"AMQP\0\0\x09\x01", 8};

struct AmqpStart {
    int version_major = 0;
    int version_minor = 0;
    std::string mechanisms;  // "PLAIN AMQPLAIN"
    size_t consumed = 0;
};

// Nothing: more bytes are needed. malformed: this is no AMQP; unsupported: it is, of another version.
Result<std::optional<AmqpStart>> parse_amqp_start(std::string_view bytes);

}  // namespace vigie::agent
