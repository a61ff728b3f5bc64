// Set or add.
#include "agent/push/push_registry.hpp"

#include <utility>

namespace vigie::agent {
namespace {

// Of counters that nobody pushed to for the ttl. A script that invents labels finds no room for new series then.
constexpr size_t idle_max = 1'000;

}  // namespace

Result<void> PushRegistry::push(const PushRequest& request, MonoTime now) {
    auto known = entries_.find(request.key);
    if (known != entries_.end() && known->second.kind != request.kind) {
        return fail(ErrorCode::conflict, "{} is a {}: push it with --type {}", request.key,
                    request.kind == PushKind::gauge ? "counter" : "gauge",
                    request.kind == PushKind::gauge ? "counter" : "gauge");
    }
    const bool is_new = known == entries_.end() || known->second.is_idle;
    if (is_new && entries_.size() - idle_ >= limits_.series_max) {
        ++refused_since_;
        example_.assign(request.key, 0, 200);
        return fail(
            ErrorCode::too_large,
            "there are {} pushed series already, and no more may be: raise series_max of push, or use fewer labels",
            limits_.series_max);
    }
    if (known == entries_.end()) {
        known = entries_.emplace(request.key, Entry{.kind = request.kind, .value = 0, .pushed = now, .is_idle = false})
                    .first;
    }
    auto& entry = known->second;
    idle_ -= std::exchange(entry.is_idle, false) ? 1 : 0;
    entry.value = request.kind == PushKind::counter ? entry.value + request.value : request.value;
    entry.pushed = now;
    ++pushes_;
    return {};
}

void PushRegistry::begin_collection(MonoTime now) {
    left_out_ = std::exchange(refused_since_, 0);
    for (auto at = entries_.begin(); at != entries_.end();) {
        auto& entry = at->second;
        const bool is_over = !entry.is_idle && now - entry.pushed > limits_.ttl;
        if (is_over && entry.kind == PushKind::gauge) {
            at = entries_.erase(at);
            continue;
        }
        if (is_over && idle_ < idle_max) {
            entry.is_idle = true;
            ++idle_;
        }
        ++at;
    }
}

void PushRegistry::add_series(const AddSeries& add) const {
    for (const auto& [key, entry] : entries_) {
        if (!entry.is_idle) {
            add(key, entry.value);
        }
    }
}

}  // namespace vigie::agent
