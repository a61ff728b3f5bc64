// spdlog behind four functions.
#include "shared/log/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "shared/core/harmless.hpp"

namespace vigie::log {
namespace {

// UTC, so that lines of several hosts sort together.
constexpr const char* line_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";

struct Target {
    std::mutex guard;
    std::string path;
    std::shared_ptr<spdlog::logger> logger = make(nullptr);

    static std::shared_ptr<spdlog::logger> make(spdlog::sink_ptr sink) {
        auto made = std::make_shared<spdlog::logger>(
            "vigie", sink ? std::move(sink) : std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern(line_pattern, spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::trace);
        return made;
    }
};

// The one mutable global: a log that every room would have to carry is worse.
Target& target() {
    static Target only;
    return only;
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

}  // namespace

Result<void> open_file(const std::string& path) {
    auto& to = target();
    const std::lock_guard lock(to.guard);
    try {
        const auto level = to.logger->level();
        to.logger = Target::make(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
        to.logger->set_level(level);
        to.path = path;
    } catch (const spdlog::spdlog_ex& error) {
        return fail(ErrorCode::io, "log file {}: {}", path, error.what());
    }
    return {};
}

Result<void> reopen() {
    std::string path;
    {
        const std::lock_guard lock(target().guard);
        path = target().path;
    }
    return path.empty() ? Result<void>{} : open_file(path);
}

void set_level(Level level) {
    const std::lock_guard lock(target().guard);
    target().logger->set_level(to_spdlog(level));
}

Result<Level> parse_level(std::string_view text) {
    for (const auto level : {Level::debug, Level::info, Level::warning, Level::error}) {
        if (text == spdlog::level::to_string_view(to_spdlog(level)).data()) {
            return level;
        }
    }
    return fail(ErrorCode::malformed, "log level '{}' is none of debug, info, warning, error", text);
}

void write(Level level, std::string_view message) {
    std::shared_ptr<spdlog::logger> logger;
    {
        const std::lock_guard lock(target().guard);
        logger = target().logger;
    }
    logger->log(to_spdlog(level), "{}", harmless(message));
}

std::optional<uint64_t> Throttle::admit(MonoTime now) {
    if (passed == 0 || now - began >= period) {
        began = now;
        passed = 0;
    }
    if (passed >= lines_max) {
        ++left_out;
        return std::nullopt;
    }
    ++passed;
    return std::exchange(left_out, 0);
}

std::string and_more(uint64_t left_out) {
    return left_out == 0 ? std::string() : fmt::format(" (and {} more like it)", left_out);
}

}  // namespace vigie::log
