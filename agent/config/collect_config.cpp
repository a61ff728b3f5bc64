// YAML to CollectOptions.
#include "agent/config/collect_config.hpp"

#include <algorithm>

#include "agent/collect/cgroup.hpp"
#include "agent/collect/registry.hpp"

namespace vigie::agent {
namespace {

using config::MappingReader;
using config::Node;

void switch_collector(const CollectorKind& kind, bool is_on, CollectOptions& options) {
    auto& changed = kind.is_default ? options.disabled : options.enabled;
    std::erase(changed, kind.name);
    if (is_on != kind.is_default) {
        changed.emplace_back(kind.name);
    }
}

// An empty pattern matches nothing, and somebody meant something by it.
void read_patterns(MappingReader& reader, std::vector<std::string>& patterns, const char* key = "exclude") {
    reader.optional(key, patterns);
    if (const auto* node = reader.take(key, false);
        node != nullptr && std::find(patterns.begin(), patterns.end(), "") != patterns.end()) {
        reader.refuse(*node, key, "has an empty pattern: it would match nothing");
    }
}

void read_systemd(MappingReader& reader, SystemdOptions& options) {
    read_patterns(reader, options.include, "include");
    read_patterns(reader, options.exclude);
    reader.optional("restarts", options.has_restarts);
    reader.optional("start_times", options.has_start_times);
    reader.optional("tasks", options.has_tasks);
}

void read_directory(MappingReader& reader, std::string& directory) {
    reader.optional("directory", directory);
    if (const auto* node = reader.take("directory", false); node != nullptr && !directory.starts_with('/')) {
        reader.refuse(*node, "directory", "must be a path from the root, such as /var/lib/vigie/textfile");
    }
}

void read_depth(MappingReader& reader, int64_t& depth) {
    reader.optional("depth", depth);
    if (const auto* node = reader.take("depth", false); node != nullptr && (depth < 1 || depth > cgroup_depth_max)) {
        reader.refuse(*node, "depth", fmt::format("must be from 1 to {}", cgroup_depth_max));
    }
}

struct Excluder {
    std::string_view collector;
    std::vector<std::string> CollectOptions::*patterns;
};
constexpr std::array<Excluder, 7> excluders{{
    {"arp", &CollectOptions::arp_exclude},
    {"cgroup", &CollectOptions::cgroup_exclude},
    {"diskstats", &CollectOptions::diskstats_exclude},
    {"netclass", &CollectOptions::netclass_exclude},
    {"netdev", &CollectOptions::netdev_exclude},
    {"powersupplyclass", &CollectOptions::powersupply_exclude},
    {"tapestats", &CollectOptions::tapestats_exclude},
}};

Result<void> read_options(const Node& node, const std::string& file, const CollectorKind& kind,
                          CollectOptions& options) {
    const std::string_view name = kind.name;
    MappingReader reader(node, file, name);
    bool is_on = true;
    reader.optional("enabled", is_on);
    for (const auto& one : excluders) {
        if (one.collector == name) {
            read_patterns(reader, options.*one.patterns);
        }
    }
    if (name == "textfile") {
        read_directory(reader, options.textfile_directory);
    }
    if (name == "systemd") {
        read_systemd(reader, options.systemd);
    }
    if (name == "cgroup") {
        read_depth(reader, options.cgroup_depth);
    }
    VIGIE_CHECK(reader.finish());
    switch_collector(kind, is_on, options);
    return {};
}

}  // namespace

Result<void> read_collectors(const Node& node, const std::string& file, CollectOptions& options) {
    MappingReader reader(node, file, "collectors");
    for (const auto& kind : collector_kinds()) {
        const auto* value = reader.take(kind.name, false);
        if (value == nullptr) {
            continue;
        }
        if (value->kind == Node::Kind::mapping) {
            VIGIE_CHECK(read_options(*value, file, kind, options));
        } else if (value->kind == Node::Kind::scalar && (value->scalar == "true" || value->scalar == "false")) {
            switch_collector(kind, value->scalar == "true", options);
        } else {
            reader.refuse(*value, kind.name, "must be true, false, or a mapping of its options");
        }
    }
    return reader.finish();
}

}  // namespace vigie::agent
