// A byte for the type, a length that counts itself, and fields that end with NUL.
#include "agent/probes/postgres_reply.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr size_t header_bytes = 5;
constexpr uint32_t message_bytes_max = 32 * 1024;
constexpr std::string_view version_3_0{"\0\x03\0\0", 4};

uint32_t u32_at(std::string_view bytes, size_t at) {
    uint32_t number = 0;
    for (size_t i = 0; i < 4; ++i) {
        number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return number;
}

// Fields of a byte for the type and a text with NUL; a NUL in place of a type ends them.
void read_error(std::string_view fields, PostgresReply& reply) {
    while (!fields.empty() && fields.front() != '\0') {
        const char type = fields.front();
        fields.remove_prefix(1);
        const auto text = cut(fields, '\0');
        if (type == 'C') {
            reply.sqlstate = text;
        } else if (type == 'M') {
            reply.message = text;
        }
    }
}

}  // namespace

std::string encode_postgres_startup(std::string_view user, std::string_view database) {
    std::string body(version_3_0);
    for (const auto text : {std::string_view("user"), user, std::string_view("database"), database}) {
        body += text;
        body += '\0';
    }
    body += '\0';
    std::string message;
    for (int shift = 24; shift >= 0; shift -= 8) {
        message += static_cast<char>((body.size() + 4) >> shift & 0xff);
    }
    return message + body;
}

Result<std::optional<PostgresReply>> parse_postgres_reply(std::string_view bytes) {
    if (!bytes.empty() && bytes[0] != 'R' && bytes[0] != 'E') {
        return fail(ErrorCode::malformed, "no PostgreSQL: its answer begins with byte {:02x}",
                    static_cast<unsigned char>(bytes[0]));
    }
    if (bytes.size() < header_bytes) {
        return std::nullopt;
    }
    const auto length = u32_at(bytes, 1);
    if (length < 8 || length > message_bytes_max) {
        return fail(ErrorCode::malformed, "no PostgreSQL: a message of {} bytes", length);
    }
    if (bytes.size() < 1 + size_t{length}) {
        return std::nullopt;
    }
    PostgresReply reply{.is_error = bytes[0] == 'E', .sqlstate = {}, .message = {}, .consumed = 1 + size_t{length}};
    if (reply.is_error) {
        read_error(bytes.substr(header_bytes, length - 4), reply);
    }
    return reply;
}

}  // namespace vigie::agent
