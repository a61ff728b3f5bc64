// The agent's configuration: /etc/vigie/agent.conf.d/*.yaml, put there by the host's owner.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "agent/apps/applications.hpp"
#include "agent/checks/check.hpp"
#include "agent/collect/collector.hpp"
#include "agent/deadman/deadman.hpp"
#include "agent/errors/error_options.hpp"
#include "agent/jobs/host_job.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"
#include "shared/core/units.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

// Something outside the configuration that it names, and where it does: path_check.hpp looks whether it is there.
struct NamedPath {
    enum class Kind {
        state_dir,
        log_file,
        worker,
        repository,
        password_file,
        source,
        policy,
        program,
        textfiles,
        token_file,
        statsd_socket,
        push_socket,
        secret_file,  // of a check
        deadman_url,
    };
    Kind kind = Kind::source;
    std::string path;
    std::string place;              // "FILE:LINE"; of a default, "default"
    std::string job;                // "" outside the jobs and checks
    std::string_view what = "job";  // or "check"
};

struct AgentConfig {
    std::string state_dir = "/var/lib/vigie/agent";
    std::string controller;  // overrides the endpoint learnt at enrolment when not empty
    milliseconds interval{10s};
    std::map<std::string, std::string> labels;
    std::string log_file;  // empty: standard error
    std::string log_level = "info";
    std::string worker = "/usr/lib/vigie/vigie-worker";
    Bytes outbox_max = 64_MiB;
    CollectOptions collect;
    AppsOptions apps;
    DeadmanOptions deadman;
    errors::ErrorOptions log_errors;
    std::vector<HostJob> jobs;  // what a controller may start by name
    std::vector<Check> checks;
    std::vector<NamedPath> paths;  // all that the files name, for check_paths() only
};

// Below a second the agent would cost more than what it watches; over five minutes queries find no recent sample.
constexpr milliseconds interval_min{200ms};
constexpr milliseconds interval_max{5min};
// Of the file 2 MiB are kept for the records of runs and for the trees' pages, and one entry may have 1 MiB.
constexpr Bytes outbox_max_min = 4_MiB;

// Reads one file, or a folder of them: later files override single values, jobs and labels add up. Errors name file,
// line, key and the nearest known key.
Result<AgentConfig> load_agent_config(Files& files, const std::string& path);

}  // namespace vigie::agent
