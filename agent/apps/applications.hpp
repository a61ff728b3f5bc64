// What the configuration asks for of applications, put together on the loop. Nothing of it is opened when nothing is
// asked.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/apps/app_series.hpp"
#include "agent/push/push_registry.hpp"
#include "agent/scrape/scrape_target.hpp"
#include "agent/statsd/statsd_receiver.hpp"
#include "shared/loop/line_server.hpp"

namespace vigie::agent {

struct StatsdOptions {
    StatsdSockets sockets;
    StatsdLimits limits;
    bool operator==(const StatsdOptions&) const = default;
};

struct PushOptions {
    std::string socket;
    unsigned socket_mode = 0660;
    PushLimits limits;
    bool operator==(const PushOptions&) const = default;
};

struct AppsOptions {
    std::optional<StatsdOptions> statsd;
    std::optional<PushOptions> push;
    std::vector<ScrapeOptions> scrape;
    size_t series_max = app_series_max_default;

    bool is_anything() const { return statsd || push || !scrape.empty(); }
    bool operator==(const AppsOptions&) const = default;
};

// On the loop's thread.
class Applications {
  public:
    // `worker` is the program that asks targets over https.
    Applications(Loop& loop, const Clock& clock, std::string worker)
        : loop_(loop), clock_(clock), worker_(std::move(worker)), series_(app_series_max_default) {}

    // Opens what is new, closes what is gone, and keeps what was counted. What can't be opened is the error, the first
    // one of several; all else is done.
    Result<void> configure(const AppsOptions& options);
    void write_series(SeriesWriter& out);
    // About series that found no room, for the operator.
    std::vector<std::string> take_notices() { return series_.take_notices(); }

  private:
    Result<void> configure_statsd(const std::optional<StatsdOptions>& wanted);
    Result<void> open_receiver(const StatsdSockets& wanted);
    Result<void> configure_push(const std::optional<PushOptions>& wanted);
    Result<void> configure_scrape(const std::vector<ScrapeOptions>& wanted);
    void list_sources();

    Loop& loop_;
    const Clock& clock_;
    const std::string worker_;
    AppSeries series_;
    AppsOptions options_;
    std::unique_ptr<StatsdRegistry> statsd_;
    std::unique_ptr<StatsdReceiver> receiver_;
    std::unique_ptr<PushRegistry> push_;
    std::unique_ptr<LineServer> push_server_;
    std::vector<std::unique_ptr<ScrapeTarget>> targets_;
    std::vector<SeriesSource*> sources_;
};

}  // namespace vigie::agent
