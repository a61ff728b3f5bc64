// Alerts that end without a sample, what is erased long after, and what others tell of those that are open.
#include "controller/alerts/book.hpp"
#include "controller/store/keys.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller::alerts {

Result<Applied> AlertBook::close_removed_rules(const rules::RuleSet& rules, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    Context context{{}, now, now, "rule removed", batch, {}};
    for (auto& [id, record] : alerts_) {
        const auto* rule = rules.find(record.rule_key);
        const bool is_known = rule != nullptr && rules.is_judged_at_once(*rule) != is_of_group(record.agent);
        if (!is_known && !is_own(record)) {
            finish(context, record, close(record.state, now));
        }
    }
    return context.applied;
}

Result<Applied> AlertBook::close_host(const AgentId& agent, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    Context context{{}, now, now, "host removed", batch, {}};
    if (const auto active = watched_.find(agent); active != watched_.end()) {
        const auto ids = active->second;  // a copy: finish() changes the set
        for (const auto& id : ids) {
            auto& record = alerts_.at(id);
            finish(context, record, close(record.state, now));
        }
    }
    for (auto& [id, record] : alerts_) {
        if (is_of_group(record.agent) && host_of(record) == agent.value) {
            finish(context, record, close(record.state, now));
        }
    }
    cursors_.erase(agent);
    batch.erase(Family::alerts, cursor_key(agent));
    return context.applied;
}

Result<Applied> AlertBook::close_alert(std::string_view id, std::string_view cause, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    const auto found = alerts_.find(std::string(id));
    if (found == alerts_.end()) {
        return fail(ErrorCode::not_found, "there is no alert '{}'", id);
    }
    Context context{{}, now, now, cause, batch, {}};
    finish(context, found->second, close(found->second.state, now));
    return context.applied;
}

Result<size_t> AlertBook::prune(WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    return std::erase_if(alerts_, [&](const auto& entry) {
        const auto& [id, record] = entry;
        const bool is_old = !is_active(record.state) && now - record.state.changed_at > finished_kept_for;
        if (is_old) {
            if (const auto watched = watched_.find(record.agent); watched != watched_.end()) {
                watched->second.erase(id);
            }
            batch.erase(Family::alerts, alert_key(id));
            const auto prefix = fmt::format("h{}", id);
            batch.erase_range(Family::alerts, prefix, keys::after_prefix(prefix));
        }
        return is_old;
    });
}

Result<std::vector<Notification>> AlertBook::open_pages() {
    VIGIE_CHECK(ensure_loaded());
    std::vector<Notification> pages;
    for (const auto& [id, record] : alerts_) {
        if (record.state.is_open) {
            pages.push_back(page_of(record, false, options_.templates.external_labels));
        }
    }
    return pages;
}

Result<std::optional<Notification>> AlertBook::open_page(std::string_view id) {
    VIGIE_CHECK(ensure_loaded());
    const auto found = alerts_.find(std::string(id));
    if (found == alerts_.end() || !found->second.state.is_open) {
        return std::nullopt;
    }
    return page_of(found->second, false, options_.templates.external_labels);
}

Result<void> AlertBook::note(std::string_view id, std::string cause, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    const auto found = alerts_.find(std::string(id));
    if (found == alerts_.end()) {
        return fail(ErrorCode::not_found, "there is no alert '{}'", id);
    }
    auto& record = found->second;
    const auto phase = record.state.phase;
    put_transition(record, {phase, phase, now, now, record.value, {}, std::move(cause)}, batch);
    batch.put(Family::alerts, alert_key(record.id), encode(record));
    return {};
}

void AlertBook::owe(const Notification& notification, StoreBatch& batch) {
    VIGIE_ASSERT(is_loaded_);
    batch.put(Family::outbox, queued_key(next_page_++), encode(notification));
    ++counts_.pages;
}

}  // namespace vigie::controller::alerts
