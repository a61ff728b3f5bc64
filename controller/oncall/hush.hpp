// What keeps an alert from being called for now: silences, maintenance, and alerts that inhibit it. As
// controller/notify keeps it from being told, so that nobody is called later for what was silenced.
#pragma once
#include <memory>
#include <span>

#include "controller/alerts/notification.hpp"
#include "controller/maintenance/in_force.hpp"
#include "controller/routing/routing_file.hpp"
#include "controller/routing/silence.hpp"

namespace vigie::controller::oncall {

class Hush {
  public:
    // `rules` are kept. `open`: what there is to tell of each alert that is open.
    Hush(std::vector<routing::Silence> silences, maintenance::InForce maintenance,
         const std::vector<routing::InhibitRule>& rules, std::span<const alerts::Notification> open, WallTime at)
        : silences_(std::move(silences)), maintenance_(std::move(maintenance)), inhibitor_(rules), at_(at) {
        uint64_t number = 0;
        for (const auto& one : open) {
            inhibitor_.set_firing(++number, one.labels);
        }
    }
    bool holds(const routing::Labels& labels) const {
        return routing::is_silenced(silences_, labels, at_) || maintenance_.holds(labels, at_) ||
               inhibitor_.is_inhibited(labels);
    }

  private:
    std::vector<routing::Silence> silences_;
    maintenance::InForce maintenance_;
    routing::Inhibitor inhibitor_;
    WallTime at_;
};

}  // namespace vigie::controller::oncall
