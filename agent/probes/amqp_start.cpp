// Big-endian numbers at fixed places, and two texts with lengths in front.
#include "agent/probes/amqp_start.hpp"

namespace vigie::agent {
namespace {

constexpr size_t frame_header_bytes = 7;  // type, channel (2), size (4)
constexpr uint32_t frame_bytes_max = 60 * 1024;
constexpr char frame_method = 1;
constexpr char frame_end = static_cast<char>(0xce);

uint32_t number_at(std::string_view bytes, size_t at, size_t width) {
    uint32_t number = 0;
    for (size_t i = 0; i < width; ++i) {
        number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return number;
}

// Takes a long string, or a table, whose bytes are bounded in the same way.
std::optional<std::string_view> take_long(std::string_view& rest) {
    if (rest.size() < 4) {
        return std::nullopt;
    }
    const size_t size = number_at(rest, 0, 4);
    if (rest.size() - 4 < size) {
        return std::nullopt;
    }
    const auto taken = rest.substr(4, size);
    rest.remove_prefix(4 + size);
    return taken;
}

// class 10, method 10, two bytes of version, a table of properties, mechanisms, locales.
Result<AmqpStart> read_method(std::string_view payload) {
    if (payload.size() < 6 || number_at(payload, 0, 2) != 10 || number_at(payload, 2, 2) != 10) {
        return fail(ErrorCode::malformed, "no AMQP: its first frame is not Connection.Start");
    }
    AmqpStart start{.version_major = static_cast<unsigned char>(payload[4]),
                    .version_minor = static_cast<unsigned char>(payload[5]),
                    .mechanisms = {},
                    .consumed = 0};
    payload.remove_prefix(6);
    const auto properties = take_long(payload);
    const auto mechanisms = properties ? take_long(payload) : std::nullopt;
    if (!mechanisms) {
        return fail(ErrorCode::malformed, "no AMQP: Connection.Start is shorter than it says");
    }
    start.mechanisms = *mechanisms;
    return start;
}

}  // namespace

Result<std::optional<AmqpStart>> parse_amqp_start(std::string_view bytes) {
    constexpr std::string_view magic = "AMQP";
    const auto begin = bytes.substr(0, magic.size());
    if (begin == magic) {
        if (bytes.size() < amqp_protocol_header.size()) {
            return std::nullopt;
        }
        return fail(ErrorCode::unsupported, "AMQP {}.{}.{} instead of 0.9.1", number_at(bytes, 5, 1),
                    number_at(bytes, 6, 1), number_at(bytes, 7, 1));
    }
    if (!bytes.empty() && bytes[0] != frame_method && !magic.starts_with(begin)) {
        return fail(ErrorCode::malformed, "no AMQP: its answer begins with byte {:02x}", number_at(bytes, 0, 1));
    }
    if (bytes.size() < frame_header_bytes || bytes[0] != frame_method) {
        return std::nullopt;
    }
    const auto size = number_at(bytes, 3, 4);
    if (size > frame_bytes_max) {
        return fail(ErrorCode::malformed, "no AMQP: a first frame of {} bytes", size);
    }
    if (bytes.size() < frame_header_bytes + size + 1) {
        return std::nullopt;
    }
    if (bytes[frame_header_bytes + size] != frame_end) {
        return fail(ErrorCode::malformed, "no AMQP: a frame does not end where it says");
    }
    VIGIE_TRY(auto start, read_method(bytes.substr(frame_header_bytes, size)));
    start.consumed = frame_header_bytes + size + 1;
    return start;
}

}  // namespace vigie::agent
