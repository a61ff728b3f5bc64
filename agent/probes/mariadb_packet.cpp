// Three bytes of length, little-endian, one that counts packets, and the packet.
#include "agent/probes/mariadb_packet.hpp"

namespace vigie::agent {
namespace {

constexpr size_t header_bytes = 4;
constexpr size_t packet_bytes_max = 16 * 1024;
constexpr size_t version_bytes_max = 128;

constexpr uint32_t client_protocol_41 = 1U << 9;
constexpr uint32_t client_secure_connection = 1U << 15;
constexpr uint8_t charset_utf8 = 33;

uint32_t little(std::string_view bytes, size_t at, size_t width) {
    uint32_t number = 0;
    for (size_t i = width; i > 0; --i) {
        number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    }
    return number;
}

void put_little(std::string& out, uint32_t number, size_t width) {
    for (size_t i = 0; i < width; ++i) {
        out += static_cast<char>(number >> (8 * i) & 0xff);
    }
}

std::string packet(int sequence, std::string_view body) {
    std::string bytes;
    put_little(bytes, static_cast<uint32_t>(body.size()), 3);
    bytes += static_cast<char>(sequence);
    return bytes.append(body);
}

Result<MariadbPacket> read_body(std::string_view body) {
    MariadbPacket read;
    const auto type = static_cast<unsigned char>(body[0]);
    if (type == 10) {
        read.kind = MariadbPacket::Kind::greeting;
        const auto end = body.find('\0', 1);
        if (end == body.npos || end > version_bytes_max) {
            return fail(ErrorCode::malformed, "no MariaDB: its greeting names no version");
        }
        read.text = body.substr(1, end - 1);
    } else if (type == 0xff && body.size() >= 3) {
        read.kind = MariadbPacket::Kind::error;
        read.error_code = static_cast<int>(little(body, 1, 2));
        const auto text = body.substr(3);
        read.text = text.substr(text.starts_with('#') && text.size() >= 6 ? 6 : 0);  // "#28000" in front
    } else if (type == 0) {
        read.kind = MariadbPacket::Kind::ok;
    } else if (type != 0xfe) {
        return fail(ErrorCode::malformed, "no MariaDB: a packet of type {:02x}", type);
    }
    return read;
}

}  // namespace

Result<std::optional<MariadbPacket>> parse_mariadb_packet(std::string_view bytes) {
    if (bytes.size() < header_bytes) {
        return std::nullopt;
    }
    const size_t length = little(bytes, 0, 3);
    if (length == 0 || length > packet_bytes_max) {
        return fail(ErrorCode::malformed, "no MariaDB: a packet of {} bytes", length);
    }
    if (bytes.size() < header_bytes + length) {
        return std::nullopt;
    }
    VIGIE_TRY(auto read, read_body(bytes.substr(header_bytes, length)));
    read.sequence = static_cast<unsigned char>(bytes[3]);
    read.consumed = header_bytes + length;
    return read;
}

std::string encode_mariadb_login(std::string_view user) {
    std::string body;
    put_little(body, client_protocol_41 | client_secure_connection, 4);
    put_little(body, packet_bytes_max, 4);
    body += static_cast<char>(charset_utf8);
    body.append(23, '\0');
    body += user;
    body += '\0';
    body += '\0';  // a password of no bytes
    return packet(1, body);
}

std::string encode_mariadb_empty(int sequence) {
    return packet(sequence, {});
}

}  // namespace vigie::agent
