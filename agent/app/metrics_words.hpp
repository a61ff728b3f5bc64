// `vigie-agent metrics`: one collection, printed.
#pragma once
#include <string>

#include "agent/config/agent_config.hpp"

namespace vigie::agent {

// What the command line says over the configuration; "" leaves it as it is.
struct MetricsWords {
    std::string procfs;
    std::string sysfs;
    std::string rootfs;
    std::string udev_data;
    std::string textfile_directory;
};

CollectOptions options_with(const AgentConfig& config, const MetricsWords& words);

// One collection of this moment as text. Errors are the configuration's: what fails while collecting shows in
// node_scrape_collector_success, and in the log on standard error.
Result<std::string> print_metrics(const AgentConfig& config, const MetricsWords& words);

// Writes them to standard output. A reader that leaves before the end, as `head` does, has seen enough: no error, and
// no signal either, since SIGPIPE is ignored from print_metrics on.
Result<void> write_metrics(int fd, std::string_view text);

}  // namespace vigie::agent
