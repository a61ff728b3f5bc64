// The first bytes of PostgreSQL's protocol 3.0: https://www.postgresql.org/docs/15/protocol-message-formats.html. What
// pg_isready asks: a request for authentication, or an error other than "not yet", says that it takes connections.
// Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent {

std::string encode_postgres_startup(std::string_view user, std::string_view database);

struct PostgresReply {
    bool is_error = false;
    std::string sqlstate;  // of an error: five characters
    std::string message;
    size_t consumed = 0;
};

// The server's first message. Nothing: more bytes are needed. malformed: this is no PostgreSQL.
Result<std::optional<PostgresReply>> parse_postgres_reply(std::string_view bytes);

}  // namespace vigie::agent
