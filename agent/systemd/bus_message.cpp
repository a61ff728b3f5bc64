// The header is sixteen fixed bytes, the last four of them the length of an array of fields; then the body from the
// next multiple of eight on.
#include "agent/systemd/bus_message.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "agent/systemd/wire_reader.hpp"

namespace vigie::agent {
namespace {

constexpr char own_order = std::endian::native == std::endian::little ? 'l' : 'B';
constexpr size_t fixed_bytes = 16;
constexpr uint8_t version = 1;
constexpr uint8_t type_call = 1;
constexpr uint8_t type_reply = 2;
constexpr uint8_t type_error = 3;
constexpr uint8_t flag_no_auto_start = 2;
// Codes of header fields.
constexpr uint8_t field_path = 1;
constexpr uint8_t field_interface = 2;
constexpr uint8_t field_member = 3;
constexpr uint8_t field_error_name = 4;
constexpr uint8_t field_reply_serial = 5;
constexpr uint8_t field_destination = 6;
constexpr uint8_t field_signature = 8;

void pad(std::string& into, size_t size) {
    into.append((size - into.size() % size) % size, '\0');
}

void put_u32(std::string& into, size_t number) {
    pad(into, 4);
    const auto value = static_cast<uint32_t>(number);
    into.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& into, std::string_view text) {
    put_u32(into, text.size());
    into.append(text).append(1, '\0');
}

void put_field(std::string& into, uint8_t code, char type, std::string_view text) {
    pad(into, 8);
    into.append({static_cast<char>(code), '\1', type, '\0'});
    if (type == 'g') {
        into.append(1, static_cast<char>(text.size())).append(text).append(1, '\0');
    } else {
        put_text(into, text);
    }
}

void replace_u32(std::string& in, size_t at, size_t number) {
    const auto value = static_cast<uint32_t>(number);
    std::memcpy(in.data() + at, &value, sizeof value);
}

Result<void> read_fields(std::string_view header, size_t fields_end, BusMessage& into) {
    WireReader reader(header.substr(0, fields_end));
    for (size_t passed = 0; passed < fixed_bytes; ++passed) {
        reader.u8();
    }
    while (!reader.has_failed() && !reader.is_at_end()) {
        reader.align(8);
        const auto code = reader.u8();
        const auto value = reader.variant();
        if (code == field_reply_serial && value.type == 'u') {
            into.reply_serial = static_cast<uint32_t>(value.number);
        } else if (code == field_error_name && value.type == 's') {
            into.error_name = value.text;
        } else if (code == field_signature && value.type == 'g') {
            into.signature = value.text;
        }
    }
    if (reader.has_failed()) {
        return fail(ErrorCode::malformed, "D-Bus: a message's header breaks off or holds what no header does");
    }
    return {};
}

}  // namespace

std::string encode_bus_call(const BusCall& call) {
    std::string body;
    for (const auto argument : call.arguments) {
        put_text(body, argument);
    }
    std::string message{own_order, static_cast<char>(type_call), static_cast<char>(flag_no_auto_start),
                        static_cast<char>(version)};
    put_u32(message, body.size());
    put_u32(message, call.serial);
    put_u32(message, 0);  // the fields' length
    put_field(message, field_path, 'o', call.path);
    put_field(message, field_interface, 's', call.interface);
    put_field(message, field_destination, 's', call.destination);
    if (!call.arguments.empty()) {
        put_field(message, field_signature, 'g', std::string(call.arguments.size(), 's'));
    }
    put_field(message, field_member, 's', call.member);
    replace_u32(message, 12, message.size() - fixed_bytes);
    pad(message, 8);
    return message + body;
}

std::string_view bus_greeting() {
    using namespace std::string_view_literals;
    return "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"sv;
}

Result<std::optional<size_t>> parse_bus_welcome(std::string_view bytes) {
    constexpr size_t line_bytes_max = 256;  // "OK " and 32 digits is what comes
    constexpr int lines_max = 4;            // DATA and OK are what comes
    size_t begin = 0;
    for (int lines = 0; lines < lines_max; ++lines) {
        const auto end = bytes.find("\r\n", begin);
        const auto line = bytes.substr(begin, end - begin);
        if (line.size() > line_bytes_max) {
            return fail(ErrorCode::malformed, "D-Bus: no bus, its greeting has no end");
        }
        if (end == std::string_view::npos) {
            return std::optional<size_t>();
        }
        begin = end + 2;
        if (line.starts_with("OK ")) {
            return std::optional(begin);
        }
        if (line.starts_with("REJECTED")) {
            return fail(ErrorCode::denied, "D-Bus: the bus does not let this user in");
        }
        // DATA asks for what the next line of our greeting says; nothing else comes before OK.
        if (line != "DATA" && line != "DATA ") {
            return fail(ErrorCode::malformed, "D-Bus: no bus, its greeting is none");
        }
    }
    return fail(ErrorCode::malformed, "D-Bus: no bus, its greeting has more than {} lines", lines_max);
}

Result<std::optional<size_t>> parse_bus_message_size(std::string_view bytes) {
    if (bytes.size() < fixed_bytes) {
        return std::optional<size_t>();
    }
    if (bytes[0] != own_order || static_cast<uint8_t>(bytes[3]) != version) {
        return fail(ErrorCode::malformed, "D-Bus: a message of another byte order or version than this machine's 1");
    }
    WireReader reader(bytes.substr(0, fixed_bytes));
    reader.u32();
    const size_t body = reader.u32();
    reader.u32();
    const size_t fields = reader.u32();
    // Each alone first, since their sum may not fit into size_t.
    if (body > bus_message_bytes_max || fields > bus_message_bytes_max ||
        fixed_bytes + (fields + 7) / 8 * 8 + body > bus_message_bytes_max) {
        return fail(ErrorCode::too_large, "D-Bus: a message of {} bytes and {} before them, {} is the most", body,
                    fields, bus_message_bytes_max);
    }
    return std::optional(fixed_bytes + (fields + 7) / 8 * 8 + body);
}

Result<std::optional<BusMessage>> parse_bus_message(std::string_view bytes) {
    VIGIE_TRY(const auto size, parse_bus_message_size(bytes));
    if (!size || bytes.size() < *size) {
        return std::optional<BusMessage>();
    }
    WireReader reader(bytes.substr(0, fixed_bytes));
    reader.u8();
    const auto type = reader.u8();
    const size_t body_bytes = reader.u32();
    reader.u32();
    const size_t fields = reader.u32();
    BusMessage message;
    message.kind = type == type_reply   ? BusMessage::Kind::reply
                   : type == type_error ? BusMessage::Kind::error
                                        : BusMessage::Kind::other;
    message.consumed = *size;
    message.body = bytes.substr(*size - body_bytes, body_bytes);
    VIGIE_CHECK(read_fields(bytes, fixed_bytes + fields, message));
    return std::optional(message);
}

}  // namespace vigie::agent
