// YAML to ErrorOptions.
#include "agent/config/errors_config.hpp"

#include <algorithm>

namespace vigie::agent {
namespace {

using config::MappingReader;
using config::Node;

void read_patterns(MappingReader& reader, const char* key, std::vector<std::string>& patterns) {
    reader.optional(key, patterns);
    const auto* node = reader.take(key, false);
    if (node == nullptr) {
        return;
    }
    const bool is_good = std::all_of(patterns.begin(), patterns.end(), [](const std::string& pattern) {
        return pattern.starts_with('/') && pattern.find('\0') == std::string::npos;
    });
    if (patterns.empty() || patterns.size() > error_patterns_max || !is_good) {
        reader.refuse(
            *node, key,
            fmt::format("must be 1 to {} paths from the root, such as /var/log/app/*.log", error_patterns_max));
    }
}

void read_format(MappingReader& reader, errors::LogFormat& format) {
    std::string word(errors::name_of(format));
    reader.optional("format", word);
    const auto known = errors::format_of_word(word);
    if (const auto* node = reader.take("format", false); node != nullptr && !known) {
        std::string words;
        for (size_t i = 0; i < errors::log_formats_count; ++i) {
            words += fmt::format("{}{}", i == 0 ? "" : ", ", errors::name_of(static_cast<errors::LogFormat>(i)));
        }
        reader.refuse(*node, "format", "must be one of " + words);
    }
    format = known.value_or(format);
}

// Below that lines are no errors, and there are too many of them.
void read_level(MappingReader& reader, errors::Level& least) {
    std::string word(errors::name_of(least));
    reader.optional("level", word);
    const auto known = errors::level_of_word(word);
    if (const auto* node = reader.take("level", false);
        node != nullptr && (!known || *known < errors::Level::warning)) {
        reader.refuse(*node, "level", "must be warning, error or critical");
    }
    least = known.value_or(least);
}

Result<errors::LogSource> read_source(const Node& node, const std::string& file) {
    errors::LogSource source;
    MappingReader reader(node, file, "errors");
    if (reader.take("paths", true) != nullptr) {
        read_patterns(reader, "paths", source.paths);
    }
    read_patterns(reader, "except", source.except);
    read_format(reader, source.format);
    read_level(reader, source.least);
    VIGIE_CHECK(reader.finish());
    return source;
}

}  // namespace

Result<void> read_errors(const Node& list, const std::string& file, errors::ErrorOptions& options) {
    if (list.kind != Node::Kind::sequence) {
        return fail(ErrorCode::malformed, "{}:{}: errors: must be a list of logs, each with its paths", file,
                    list.line);
    }
    for (const auto& item : list.items) {
        VIGIE_TRY(auto source, read_source(item, file));
        options.sources.push_back(std::move(source));
    }
    if (options.sources.size() > error_patterns_max) {
        return fail(ErrorCode::too_large, "{}:{}: errors: more than {} entries", file, list.line, error_patterns_max);
    }
    return {};
}

}  // namespace vigie::agent
