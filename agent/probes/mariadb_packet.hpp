// The first packets of MariaDB's and MySQL's protocol: https://mariadb.com/kb/en/connection/. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent {

struct MariadbPacket {
    enum class Kind {
        greeting,  // protocol version 10 and the server's version
        ok,        // logged in
        error,     // a number and a sentence
        other,     // asks for another way to log in
    };
    Kind kind = Kind::other;
    int sequence = 0;
    int error_code = 0;
    std::string text;  // the version, or the sentence
    size_t consumed = 0;
};

// Nothing: more bytes are needed. malformed: this is no MariaDB.
Result<std::optional<MariadbPacket>> parse_mariadb_packet(std::string_view bytes);

// A login without a password. Whoever leaves after the greeting is counted as a failed connection, and after a hundred
// the server blocks the host (max_connect_errors); a login that is denied does not count there.
std::string encode_mariadb_login(std::string_view user);
// What an empty answer to another way of logging in looks like.
std::string encode_mariadb_empty(int sequence);

}  // namespace vigie::agent
