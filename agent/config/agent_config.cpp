// YAML to AgentConfig.
#include "agent/config/agent_config.hpp"

#include "agent/config/apps_config.hpp"
#include "agent/config/checks_config.hpp"
#include "agent/config/collect_config.hpp"
#include "agent/config/errors_config.hpp"
#include "protocol/codec/limits.hpp"
#include "shared/config/documents.hpp"
#include "shared/log/log.hpp"
#include "shared/loop/resolve.hpp"

namespace vigie::agent {
namespace {

using config::MappingReader;
using config::Node;

void refuse_empty(MappingReader& reader, std::string_view key, const std::vector<std::string>& list,
                  std::string_view why = "must name at least one") {
    if (const auto* node = reader.take(key, false); node != nullptr && list.empty()) {
        reader.refuse(*node, key, why);
    }
}

// Where the values of a job stand, for the paths among them.
class PlaceNotes {
  public:
    PlaceNotes(const Node& node, const std::string& file, const HostJob& job, std::vector<NamedPath>& paths)
        : node_(node), file_(file), job_(job), paths_(paths) {}
    // All texts of a list, or the one of a scalar; `first_only` of a command and its arguments.
    void note(std::string_view key, NamedPath::Kind kind, bool first_only = false) {
        const auto* const value = node_.find(key);
        if (value == nullptr) {
            return;
        }
        if (value->kind == Node::Kind::scalar) {
            return add(*value, kind);
        }
        for (size_t i = 0; i < value->items.size() && !(first_only && i > 0); ++i) {
            add(value->items[i], kind);
        }
    }

  private:
    void add(const Node& value, NamedPath::Kind kind) {
        paths_.push_back({kind, value.scalar, fmt::format("{}:{}", file_, value.line), job_.name});
    }
    const Node& node_;
    const std::string& file_;
    const HostJob& job_;
    std::vector<NamedPath>& paths_;
};

// As the worker's options; it knows what a pattern is.
std::vector<std::string> read_excludes(MappingReader& reader) {
    std::vector<std::string> patterns;
    std::vector<std::string> files;
    Bytes larger_than;
    bool excludes_caches = false;
    bool is_one_file_system = false;
    reader.optional("exclude", patterns);
    reader.optional("exclude_files", files);
    reader.optional("exclude_larger_than", larger_than);
    reader.optional("exclude_caches", excludes_caches);
    reader.optional("one_file_system", is_one_file_system);
    std::vector<std::string> words;
    for (const auto& pattern : patterns) {
        words.push_back("--exclude=" + pattern);
    }
    for (const auto& file : files) {
        words.push_back("--exclude-file=" + file);
    }
    if (larger_than.count > 0) {
        words.push_back(fmt::format("--exclude-larger-than={}", larger_than.count));
    }
    if (excludes_caches) {
        words.emplace_back("--exclude-caches");
    }
    if (is_one_file_system) {
        words.emplace_back("--one-file-system");
    }
    return words;
}

void read_backup(MappingReader& reader, HostJob& job, PlaceNotes& places) {
    std::string repository;
    std::string password_file;
    std::vector<std::string> paths;
    std::vector<std::string> tags;
    reader.required("repository", repository);
    reader.required("password_file", password_file);
    reader.required("paths", paths);
    refuse_empty(reader, "paths", paths);
    reader.optional("tags", tags);
    const auto excludes = read_excludes(reader);
    job.worker_arguments = {"backup", "run",      "--output",        "json",
                            "--repo", repository, "--password-file", password_file};
    for (const auto& tag : tags) {
        job.worker_arguments.insert(job.worker_arguments.end(), {"--tag", tag});
    }
    job.worker_arguments.insert(job.worker_arguments.end(), excludes.begin(), excludes.end());
    job.worker_arguments.emplace_back("--");
    job.worker_arguments.insert(job.worker_arguments.end(), paths.begin(), paths.end());
    places.note("repository", NamedPath::Kind::repository);
    places.note("password_file", NamedPath::Kind::password_file);
    places.note("paths", NamedPath::Kind::source);
}

void read_rotate(MappingReader& reader, const std::string& state_dir, HostJob& job, PlaceNotes& places) {
    std::vector<std::string> policies;
    std::string state = join_path(state_dir, "rotation.state");
    reader.required("policies", policies);
    refuse_empty(reader, "policies", policies);
    reader.optional("state_file", state);
    job.worker_arguments = {"logs", "rotate", "--output", "json", "--state", state, "--"};
    job.worker_arguments.insert(job.worker_arguments.end(), policies.begin(), policies.end());
    places.note("policies", NamedPath::Kind::policy);
}

void read_command(MappingReader& reader, HostJob& job, PlaceNotes& places) {
    std::vector<std::string> command;
    reader.required("command", command);
    refuse_empty(reader, "command", command, "must name a program");
    job.worker_arguments = {"command", "--"};
    job.worker_arguments.insert(job.worker_arguments.end(), command.begin(), command.end());
    places.note("command", NamedPath::Kind::program, true);
}

void read_priorities(MappingReader& reader, HostJob& job) {
    reader.optional("nice", job.nice);
    reader.optional("ionice", job.ionice);
    if (const auto* node = reader.take("nice", false); node != nullptr && (job.nice < -20 || job.nice > 19)) {
        reader.refuse(*node, "nice", "must be from -20 to 19");
    }
    if (const auto* node = reader.take("ionice", false);
        node != nullptr && job.ionice != "idle" && job.ionice != "best-effort" && job.ionice != "none") {
        reader.refuse(*node, "ionice", "must be idle, best-effort or none");
    }
}

Result<HostJob> read_job(const Node& node, const std::string& file, AgentConfig& config) {
    HostJob job;
    job.place = fmt::format("{}:{}", file, node.line);
    PlaceNotes places(node, file, job, config.paths);
    std::string kind;
    MappingReader reader(node, file, "a job");
    reader.required("name", job.name);
    reader.required("kind", kind);
    reader.optional("timeout", job.timeout);
    reader.optional("parameters", job.parameters);
    read_priorities(reader, job);
    if (kind == "backup") {
        job.kind = HostJobKind::backup;
        read_backup(reader, job, places);
    } else if (kind == "rotate") {
        job.kind = HostJobKind::rotate;
        read_rotate(reader, config.state_dir, job, places);
    } else if (kind == "command") {
        job.kind = HostJobKind::command;
        read_command(reader, job, places);
    } else if (const auto* at = reader.take("kind", false)) {
        reader.refuse(*at, "kind", "must be backup, rotate or command");
    }
    VIGIE_CHECK(reader.finish());
    return job;
}

Result<void> read_jobs(const Node& list, const std::string& file, AgentConfig& config) {
    if (list.kind != Node::Kind::sequence) {
        return fail(ErrorCode::malformed, "{}:{}: jobs: must be a list", file, list.line);
    }
    for (const auto& item : list.items) {
        VIGIE_TRY(auto job, read_job(item, file, config));
        for (const auto& other : config.jobs) {
            if (other.name == job.name) {
                return fail(ErrorCode::conflict, "{}:{}: job '{}' is defined twice", file, item.line, job.name);
            }
        }
        config.jobs.push_back(std::move(job));
    }
    return {};
}

// HELLO carries them, and a controller refuses a HELLO that is over its limits: the host would never connect.
Result<void> check_hello(const AgentConfig& config, const std::string& path) {
    if (config.labels.size() > protocol::labels_max || config.jobs.size() > protocol::jobs_max) {
        return fail(ErrorCode::too_large, "{}: {} labels and {} jobs; at most {} and {} can be told to the controller",
                    path, config.labels.size(), config.jobs.size(), protocol::labels_max, protocol::jobs_max);
    }
    for (const auto& [name, value] : config.labels) {
        if (name.size() > protocol::name_bytes_max || value.size() > protocol::value_bytes_max) {
            return fail(ErrorCode::too_large,
                        "{}: label '{}': its name has more than {} bytes or its value more than {}", path,
                        name.substr(0, 64), protocol::name_bytes_max, protocol::value_bytes_max);
        }
    }
    for (const auto& job : config.jobs) {
        if (job.name.size() > protocol::name_bytes_max) {
            return fail(ErrorCode::too_large, "{}: job '{}…': its name has more than {} bytes", path,
                        job.name.substr(0, 64), protocol::name_bytes_max);
        }
    }
    return {};
}

// The last file that names it counts.
void note_path(const config::Document& document, std::string_view key, NamedPath::Kind kind, AgentConfig& config) {
    if (const auto* const value = document.root.find(key)) {
        std::erase_if(config.paths, [kind](const NamedPath& known) { return known.kind == kind; });
        config.paths.push_back({kind, value->scalar, fmt::format("{}:{}", document.file, value->line), ""});
    }
}

void note_textfiles(const Node& collectors, const std::string& file, AgentConfig& config) {
    const auto* const textfile = collectors.find("textfile");
    const auto* const value = textfile != nullptr ? textfile->find("directory") : nullptr;
    if (value != nullptr) {
        std::erase_if(config.paths, [](const NamedPath& known) { return known.kind == NamedPath::Kind::textfiles; });
        config.paths.push_back(
            {NamedPath::Kind::textfiles, value->scalar, fmt::format("{}:{}", file, value->line), ""});
    }
}

void note_token_files(const Node* scrape, const std::string& file, AgentConfig& config) {
    for (const auto& target : scrape != nullptr ? scrape->items : std::vector<Node>{}) {
        for (const auto* key : {"token_file", "password_file"}) {
            if (const auto* const value = target.find(key)) {
                config.paths.push_back(
                    {NamedPath::Kind::token_file, value->scalar, fmt::format("{}:{}", file, value->line), ""});
            }
        }
    }
}

void note_socket(const Node* section, const std::string& file, NamedPath::Kind kind, AgentConfig& config) {
    if (const auto* const value = section != nullptr ? section->find("socket") : nullptr) {
        std::erase_if(config.paths, [kind](const NamedPath& known) { return known.kind == kind; });
        config.paths.push_back({kind, value->scalar, fmt::format("{}:{}", file, value->line), ""});
    }
}

void note_secret(const Node& deadman, const std::string& file, AgentConfig& config) {
    if (const auto* const value = deadman.find("url_file")) {
        std::erase_if(config.paths, [](const NamedPath& known) { return known.kind == NamedPath::Kind::deadman_url; });
        config.paths.push_back(
            {NamedPath::Kind::deadman_url, value->scalar, fmt::format("{}:{}", file, value->line), ""});
    }
}

void check_pause(MappingReader& reader, std::string_view key, milliseconds value) {
    if (const auto* node = reader.take(key, false); node != nullptr && (value < 1s || value > 24h)) {
        reader.refuse(*node, key, "must be between 1s and 1d");
    }
}

// `node`: what stands under `deadman`; nullptr when absent. The last file that has it counts, as a whole.
Result<void> read_deadman(const Node* node, const std::string& file, AgentConfig& config) {
    if (node == nullptr) {
        return {};
    }
    DeadmanOptions options;
    MappingReader reader(*node, file, "deadman");
    reader.required("url_file", options.url_file);
    reader.optional("ca_file", options.ca_file);
    reader.optional("after", options.after);
    reader.optional("stagger", options.stagger);
    reader.optional("timeout", options.timeout);
    check_pause(reader, "after", options.after);
    check_pause(reader, "stagger", options.stagger);
    if (const auto* at = reader.take("timeout", false);
        at != nullptr && (options.timeout < 100ms || options.timeout > 5min)) {
        reader.refuse(*at, "timeout", "must be between 100ms and 5m");
    }
    VIGIE_CHECK(reader.finish());
    config.deadman = options;
    note_secret(*node, file, config);
    return {};
}

Result<void> read_document(const config::Document& document, AgentConfig& config) {
    MappingReader reader(document.root, document.file);
    std::map<std::string, std::string> labels;
    reader.optional("state_dir", config.state_dir);
    reader.optional("controller", config.controller);
    reader.optional("interval", config.interval);
    reader.optional("labels", labels);
    reader.optional("log_file", config.log_file);
    reader.optional("log_level", config.log_level);
    reader.optional("worker", config.worker);
    reader.optional("outbox_max", config.outbox_max);
    const auto* jobs = reader.take("jobs", false);
    const auto* checks = reader.take("checks", false);
    const auto* collectors = reader.take("collectors", false);
    const auto* deadman = reader.take("deadman", false);
    const auto* error_logs = reader.take("errors", false);
    const auto apps = take_apps(reader);
    if (const auto* node = reader.take("interval", false);
        node != nullptr && (config.interval < interval_min || config.interval > interval_max)) {
        reader.refuse(*node, "interval", "must be between 200ms and 5m");
    }
    if (const auto* node = reader.take("log_level", false)) {
        if (const auto level = log::parse_level(config.log_level); !level) {
            reader.refuse(*node, "log_level", level.error().message);
        }
    }
    if (const auto* node = reader.take("outbox_max", false); node != nullptr && config.outbox_max < outbox_max_min) {
        reader.refuse(*node, "outbox_max", "must be at least 4MiB");
    }
    if (const auto* node = reader.take("controller", false); node != nullptr && !config.controller.empty()) {
        if (const auto endpoint = parse_endpoint(config.controller); !endpoint) {
            reader.refuse(*node, "controller", endpoint.error().message);
        }
    }
    VIGIE_CHECK(reader.finish());
    note_path(document, "state_dir", NamedPath::Kind::state_dir, config);
    note_path(document, "log_file", NamedPath::Kind::log_file, config);
    note_path(document, "worker", NamedPath::Kind::worker, config);
    VIGIE_CHECK(read_apps(apps, document.file, config.apps));
    note_token_files(apps.scrape, document.file, config);
    note_socket(apps.statsd, document.file, NamedPath::Kind::statsd_socket, config);
    note_socket(apps.push, document.file, NamedPath::Kind::push_socket, config);
    VIGIE_CHECK(read_deadman(deadman, document.file, config));
    if (error_logs != nullptr) {
        VIGIE_CHECK(read_errors(*error_logs, document.file, config.log_errors));
    }
    if (collectors != nullptr) {
        VIGIE_CHECK(read_collectors(*collectors, document.file, config.collect));
        note_textfiles(*collectors, document.file, config);
    }
    for (auto& [name, value] : labels) {
        config.labels.insert_or_assign(name, value);
    }
    if (checks != nullptr) {
        VIGIE_CHECK(read_checks(*checks, document.file, config));
    }
    return jobs == nullptr ? Result<void>{} : read_jobs(*jobs, document.file, config);
}

}  // namespace

Result<AgentConfig> load_agent_config(Files& files, const std::string& path) {
    VIGIE_TRY(const auto documents, config::load_documents(files, path));
    AgentConfig config;
    config.paths = {{NamedPath::Kind::worker, config.worker, "default", ""}};
    for (const auto& document : documents) {
        VIGIE_CHECK(read_document(document, config));
    }
    VIGIE_CHECK(check_hello(config, path));
    VIGIE_CHECK(finish_apps(config.interval, path, config.apps));
    return config;
}

}  // namespace vigie::agent
