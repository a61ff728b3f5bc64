// One reply of RESP2: https://redis.io/docs/latest/develop/reference/protocol-spec/. Arrays are not asked for. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent {

struct RedisReply {
    enum class Kind { simple, error, integer, bulk, null };
    Kind kind = Kind::simple;
    std::string text;
    size_t consumed = 0;
};

// Nothing: more bytes are needed. malformed: this is no redis.
Result<std::optional<RedisReply>> parse_redis_reply(std::string_view bytes);

// A command as an array of bulk strings, so that a password may hold any bytes.
std::string encode_redis_command(std::initializer_list<std::string_view> words);

// The value of "role:" and others in the text of INFO; "" when it is not there.
std::string_view redis_info_field(std::string_view info, std::string_view name);

}  // namespace vigie::agent
