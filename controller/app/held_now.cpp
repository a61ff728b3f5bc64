#include "controller/app/held_now.hpp"

namespace vigie::controller {

Result<HeldNow> HeldNow::read(const StateStore& store, const RoutingSources& routing,
                              std::span<const alerts::AlertRecord> all, WallTime now) {
    HeldNow held(routing, now);
    VIGIE_TRY(held.silences_, routing::list_silences(store));
    std::erase_if(held.silences_, [now](const routing::Silence& one) {
        return routing::state_of(one, now) != routing::SilenceState::active;
    });
    VIGIE_TRY(held.in_force_, maintenance::InForce::read(routing.maintenance, store, now));
    uint64_t number = 0;
    for (const auto& alert : all) {
        if (alert.state.is_open) {
            held.inhibitor_.set_firing(++number, alerts::page_of(alert, false, routing.external_labels).labels);
        }
    }
    return held;
}

std::vector<maintenance::Held> HeldNow::of(const routing::Labels& labels) const {
    std::vector<maintenance::Held> all;
    for (const auto& one : silences_) {
        if (routing::is_match(one.matchers, labels)) {
            all.push_back({"silence", one.id, fmt::format("silenced by {} until {}", one.id, to_rfc3339(one.ends_at))});
        }
    }
    for (auto& one : in_force_.all(labels, now_)) {
        one.why = "held by " + one.why;
        all.push_back(std::move(one));
    }
    if (inhibitor_.is_inhibited(labels)) {
        all.push_back({"inhibition", "", "inhibited by an alert that fires"});
    }
    return all;
}

void HeldNow::add_fields(const alerts::AlertRecord& alert, Json& row) const {
    row["held"] = nullptr;
    row["held_why"] = Json::array();
    if (!alert.state.is_open) {
        return;
    }
    std::string words;
    std::string_view last;
    for (const auto& one : of(alerts::page_of(alert, false, routing_->external_labels).labels)) {
        row["held_why"].push_back(one.why);
        if (std::exchange(last, one.by) != one.by) {
            words += fmt::format("{}{}", words.empty() ? "" : ",", one.by);
        }
    }
    if (!words.empty()) {
        row["held"] = words;
    }
}

}  // namespace vigie::controller
