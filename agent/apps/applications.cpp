// Opening and closing.
#include "agent/apps/applications.hpp"

#include "shared/log/log.hpp"

namespace vigie::agent {

Result<void> Applications::configure(const AppsOptions& options) {
    VIGIE_CHECK(configure_statsd(options.statsd));
    series_.set_series_max(options.series_max);
    options_.series_max = options.series_max;
    list_sources();
    return {};
}

Result<void> Applications::configure_statsd(const std::optional<StatsdOptions>& wanted) {
    if (wanted == options_.statsd) {
        return {};
    }
    if (!wanted) {
        receiver_.reset();
        statsd_.reset();
        options_.statsd.reset();
        return {};
    }
    if (!statsd_) {
        statsd_ = std::make_unique<StatsdRegistry>(wanted->limits);
    }
    if (!receiver_ || !options_.statsd || options_.statsd->sockets != wanted->sockets) {
        receiver_.reset();  // first: the new one may want the same address
        VIGIE_TRY(receiver_,
                  StatsdReceiver::open(loop_, wanted->sockets, *statsd_, clock_).map_error([](const Error& error) {
                      return error.at("statsd");
                  }));
        log::info("statsd listens udp_port={} socket={}", receiver_->udp_port(), wanted->sockets.socket);
    }
    statsd_->set_limits(wanted->limits);
    options_.statsd = wanted;
    return {};
}

void Applications::list_sources() {
    sources_.clear();
    if (statsd_) {
        sources_.push_back(statsd_.get());
    }
}

void Applications::write_series(SeriesWriter& out) {
    if (!sources_.empty()) {
        series_.write(sources_, out, clock_.mono());
    }
}

}  // namespace vigie::agent
