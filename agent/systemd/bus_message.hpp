// Messages of D-Bus and the greeting before them (D-Bus Specification 0.41, "Message Protocol", "Authentication
// Protocol"). Pure: bytes in, views of them out.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent {

// A call that carries texts only and that starts no service.
struct BusCall {
    uint32_t serial = 0;  // not 0
    std::string_view destination;
    std::string_view path;
    std::string_view interface;
    std::string_view member;
    std::span<const std::string_view> arguments;
};
std::string encode_bus_call(const BusCall& call);

// The first bytes of a connection: EXTERNAL, where the kernel tells the bus who we are, and at once the end of the
// greeting, so that calls may follow without a wait.
std::string_view bus_greeting();

// What the bus says before messages: nothing while lines are missing, else how many bytes they have. denied when the
// bus does not want us, malformed when this is no bus.
Result<std::optional<size_t>> parse_bus_welcome(std::string_view bytes);

struct BusMessage {
    enum class Kind { other, reply, error };  // other: calls and signals, which are passed over
    Kind kind = Kind::other;
    uint32_t reply_serial = 0;
    std::string_view error_name;  // of an error: "org.freedesktop.DBus.Error.ServiceUnknown"
    std::string_view signature;   // of the body
    std::string_view body;
    size_t consumed = 0;
};

// How long the message is that begins here; nothing while its first 16 bytes are missing. malformed, or too_large over
// bus_message_bytes_max.
Result<std::optional<size_t>> parse_bus_message_size(std::string_view bytes);
// Nothing: more bytes are needed.
Result<std::optional<BusMessage>> parse_bus_message(std::string_view bytes);

// A unit takes about 250 bytes of a list: 30,000 of them. D-Bus itself would allow 128 MiB.
constexpr size_t bus_message_bytes_max = size_t{8} << 20;

}  // namespace vigie::agent
