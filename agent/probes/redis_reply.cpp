// A byte for the type, a line, and for bulk strings as many bytes as the line says.
#include "agent/probes/redis_reply.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr size_t line_bytes_max = 4096;
constexpr int64_t bulk_bytes_max = 60 * 1024;  // INFO replication is below 4 KiB

Result<std::optional<RedisReply>> bulk_reply(std::string_view line, std::string_view rest, size_t before) {
    const auto length = number_in<int64_t>(line);
    if (!length || *length < -1 || *length > bulk_bytes_max) {
        return fail(ErrorCode::malformed, "no redis: a bulk reply of '{}' bytes", line.substr(0, 32));
    }
    if (*length == -1) {
        return RedisReply{.kind = RedisReply::Kind::null, .text = {}, .consumed = before};
    }
    const auto size = static_cast<size_t>(*length);
    if (rest.size() < size + line_end.size()) {
        return std::nullopt;
    }
    if (rest.substr(size, line_end.size()) != line_end) {
        return fail(ErrorCode::malformed, "no redis: a bulk reply does not end where it says");
    }
    return RedisReply{.kind = RedisReply::Kind::bulk,
                      .text = std::string(rest.substr(0, size)),
                      .consumed = before + size + line_end.size()};
}

}  // namespace

Result<std::optional<RedisReply>> parse_redis_reply(std::string_view bytes) {
    if (bytes.empty()) {
        return std::nullopt;
    }
    if (std::string_view("+-:$").find(bytes[0]) == std::string_view::npos) {
        return fail(ErrorCode::malformed, "no redis: its reply begins with byte {:02x}",
                    static_cast<unsigned char>(bytes[0]));
    }
    const auto end = bytes.find(line_end);
    if (end == bytes.npos) {
        if (bytes.size() > line_bytes_max) {
            return fail(ErrorCode::malformed, "no redis: a line of more than {} bytes", line_bytes_max);
        }
        return std::nullopt;
    }
    const auto line = bytes.substr(1, end - 1);
    const auto before = end + line_end.size();
    if (bytes[0] == '$') {
        return bulk_reply(line, bytes.substr(before), before);
    }
    const auto kind = bytes[0] == '+'   ? RedisReply::Kind::simple
                      : bytes[0] == '-' ? RedisReply::Kind::error
                                        : RedisReply::Kind::integer;
    return RedisReply{.kind = kind, .text = std::string(line), .consumed = before};
}

std::string encode_redis_command(std::initializer_list<std::string_view> words) {
    auto command = fmt::format("*{}\r\n", words.size());
    for (const auto word : words) {
        command += fmt::format("${}\r\n", word.size());
        command += word;
        command += line_end;
    }
    return command;
}

std::string_view redis_info_field(std::string_view info, std::string_view name) {
    while (!info.empty()) {
        auto line = trimmed(next_line(info));
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
            return line.substr(name.size() + 1);
        }
    }
    return {};
}

}  // namespace vigie::agent
