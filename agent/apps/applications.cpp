// Opening and closing.
#include "agent/apps/applications.hpp"

#include <algorithm>

#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {

Result<void> Applications::configure(const AppsOptions& options) {
    VIGIE_ASSERT(loop_.on_thread());
    auto outcome = configure_statsd(options.statsd);
    for (auto next : {configure_push(options.push), configure_scrape(options.scrape)}) {
        outcome = outcome ? std::move(next) : outcome;
    }
    series_.set_series_max(options.series_max);
    list_sources();
    return outcome;
}

Result<void> Applications::configure_statsd(const std::optional<StatsdOptions>& wanted) {
    if (wanted == options_.statsd && (receiver_ != nullptr) == wanted.has_value()) {
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
    if (!receiver_ || options_.statsd->sockets != wanted->sockets) {
        VIGIE_CHECK(open_receiver(wanted->sockets));
        log::info("statsd listens udp_port={} socket={}", receiver_->udp_port(), wanted->sockets.socket);
    }
    statsd_->set_limits(wanted->limits);
    options_.statsd = wanted;
    return {};
}

// Applications go on sending to the old sockets when the new ones can't be had. Both are open for a moment, unless they
// share an address.
Result<void> Applications::open_receiver(const StatsdSockets& wanted) {
    const auto open = [this](const StatsdSockets& sockets) {
        return StatsdReceiver::open(loop_, sockets, *statsd_, clock_);
    };
    const auto& old = options_.statsd ? options_.statsd->sockets : StatsdSockets{};
    const bool is_shared = receiver_ && ((!old.listen.empty() && old.listen == wanted.listen) ||
                                         (!old.socket.empty() && old.socket == wanted.socket));
    if (is_shared) {
        receiver_.reset();
    }
    auto opened = open(wanted);
    if (!opened && is_shared) {
        receiver_ = open(old).value_or(nullptr);  // just given up; without it the next configure() tries again
    }
    VIGIE_TRY(receiver_, std::move(opened).map_error([](const Error& error) { return error.at("statsd"); }));
    return {};
}

Result<void> Applications::configure_push(const std::optional<PushOptions>& wanted) {
    if (wanted == options_.push) {
        return {};
    }
    if (!wanted) {
        push_server_.reset();
        push_.reset();
        options_.push.reset();
        return {};
    }
    if (!push_) {
        push_ = std::make_unique<PushRegistry>(wanted->limits);
    }
    push_->set_limits(wanted->limits);
    const bool is_same_socket = push_server_ && options_.push && options_.push->socket == wanted->socket &&
                                options_.push->socket_mode == wanted->socket_mode;
    if (!is_same_socket) {
        push_server_.reset();  // first: the new one may want the same path
        options_.push.reset();
        VIGIE_TRY(
            push_server_,
            LineServer::open(
                loop_, wanted->socket, wanted->socket_mode,
                [this](const PeerCredentials&, std::string_view line, const LineServer::Reply& reply) {
                    const auto request = parse_push_line(line);
                    reply(write_push_answer(request ? push_->push(*request, clock_.mono()) : fail(request.error())));
                })
                .map_error([](const Error& error) { return error.at("push"); }));
    }
    options_.push = wanted;
    return {};
}

// A target that stays as it was goes on with what it has.
Result<void> Applications::configure_scrape(const std::vector<ScrapeOptions>& wanted) {
    std::vector<std::unique_ptr<ScrapeTarget>> targets;
    Result<void> outcome;
    for (const auto& options : wanted) {
        const auto known = std::find_if(targets_.begin(), targets_.end(),
                                        [&](const auto& target) { return target && target->options() == options; });
        if (known != targets_.end()) {
            targets.push_back(std::move(*known));
            continue;
        }
        auto target = ScrapeTarget::open(loop_, clock_, options, worker_);
        if (target) {
            targets.push_back(std::move(*target));
        } else if (outcome) {
            outcome = fail(target.error().at("scrape of " + options.job));
        }
    }
    targets_ = std::move(targets);
    return outcome;
}

// In the order in which they keep their places under the cap of all: scripts push few series, targets expose many.
void Applications::list_sources() {
    sources_.clear();
    if (push_) {
        sources_.push_back(push_.get());
    }
    if (statsd_) {
        sources_.push_back(statsd_.get());
    }
    for (const auto& target : targets_) {
        sources_.push_back(target.get());
    }
}

void Applications::write_series(SeriesWriter& out) {
    VIGIE_ASSERT(loop_.on_thread());
    if (!sources_.empty()) {
        series_.write(sources_, out, clock_.mono());
    }
}

}  // namespace vigie::agent
