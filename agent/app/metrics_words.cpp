// One collection.
#include "agent/app/metrics_words.hpp"

#include <poll.h>

#include "agent/app/host_readings.hpp"
#include "agent/series/text_format.hpp"
#include "agent/systemd/unit_source.hpp"

namespace vigie::agent {
namespace {

// There is no earlier reading to fall back on.
constexpr ProbeWaits unhurried_waits{.longest = 2s, .patience = 1s};

}  // namespace

CollectOptions options_with(const AgentConfig& config, const MetricsWords& words) {
    auto options = config.collect;
    const auto take = [](const std::string& word, std::string& into) {
        if (!word.empty()) {
            into = word;
        }
    };
    take(words.procfs, options.roots.procfs);
    take(words.sysfs, options.roots.sysfs);
    take(words.rootfs, options.roots.rootfs);
    take(words.udev_data, options.roots.udev_data);
    take(words.textfile_directory, options.textfile_directory);
    return options;
}

Result<std::string> print_metrics(const AgentConfig& config, const MetricsWords& words) {
    const auto options = options_with(config, words);
    VIGIE_TRY(const auto loop, Loop::open());
    auto asked = unit_source_options(options);
    asked.patience = asked.deadline;  // until there is an answer, or the reason why there is none
    SystemFiles files;
    UnitSource units(*loop, files, asked);
    VIGIE_TRY(const auto readings, HostReadings::open(*loop, options, unhurried_waits, units, [&] { loop->stop(); }));
    if (readings->has_collector("systemd")) {
        units.refresh([&] { readings->begin(); });
    } else {
        readings->begin();
    }
    loop->run();
    return text_format(readings->take().batch);
}

Result<void> write_metrics(int fd, std::string_view text) {
    auto written = write_all(fd, text, "standard output");
    pollfd end{.fd = fd, .events = POLLOUT, .revents = 0};
    const bool has_reader_left = !written && poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
    return has_reader_left ? Result<void>{} : written;
}

}  // namespace vigie::agent
