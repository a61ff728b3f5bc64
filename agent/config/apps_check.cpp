// Caps against each other, and who can send.
#include "agent/config/apps_check.hpp"

#include <fmt/format.h>

namespace vigie::agent {
namespace {

void add_cap(std::string_view of, size_t series_max, const AppsOptions& options, std::vector<std::string>& warnings) {
    if (series_max > options.series_max) {
        warnings.push_back(
            fmt::format("{} may have {} series, but all applications together {}: raise series_max of applications, or "
                        "lower this one",
                        of, series_max, options.series_max));
    }
}

}  // namespace

std::vector<std::string> apps_warnings(const AppsOptions& options) {
    std::vector<std::string> warnings;
    size_t together = 0;
    const auto add = [&](std::string_view of, size_t series_max) {
        together += series_max;
        add_cap(of, series_max, options, warnings);
    };
    if (options.statsd) {
        add("statsd", options.statsd->limits.series_max);
        const auto& listen = options.statsd->sockets.listen;
        if (!listen.empty() && !is_loopback_listen(listen)) {
            warnings.push_back(
                fmt::format("statsd: whoever reaches {} can write any series of applications, and nobody is asked who "
                            "he is: listen on 127.0.0.1 or on a socket, or let a firewall choose who may send",
                            listen));
        }
    }
    if (options.push) {
        add("push", options.push->limits.series_max);
    }
    for (const auto& target : options.scrape) {
        add("scrape of " + target.job, target.sample_limit);
    }
    // The default is above what a few sources may have, and is no mistake.
    if (options.is_anything() && options.series_max > app_series_max_default && options.series_max > together) {
        warnings.push_back(fmt::format(
            "applications may have {} series, but its sources only {} together: raise series_max of the one that needs "
            "more",
            options.series_max, together));
    }
    return warnings;
}

}  // namespace vigie::agent
