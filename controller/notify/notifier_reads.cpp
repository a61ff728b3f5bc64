// What the notifier reads of the store: what is owed and was told, what holds alerts back, and who has them in hand.
#include "controller/alerts/rows.hpp"
#include "controller/notify/notifier.hpp"
#include "controller/oncall/episode.hpp"
#include "controller/store/keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller::notify {
namespace {

// All open episodes are read for it, and in a storm each answer is a round.
constexpr seconds in_hand_read_every{1};
// What a group that is no more was told, should the routes that made it come back: as long as Alertmanager keeps it.
constexpr milliseconds told_kept_for = std::chrono::hours{5 * 24};

}  // namespace

// What the store remembers: what receivers were told, which alerts are open, and what is owed.
bool Notifier::load() {
    Result<void> outcome;
    const auto read =
        store_.scan(Family::outbox, "n", keys::after_prefix("n"), [&](std::string_view key, std::string_view row) {
            auto told_key = read_told_key(key);
            auto told = decode_told(row);
            if (told_key && told) {
                queue_.recall(std::move(*told_key), std::move(*told));
            } else {
                log::error("notify: {}", told_key ? told.error().message : told_key.error().message);
                ++unreadable_rows_;
            }
            return true;
        });
    if (!read) {
        log::error("notify: reading the outbox: {}", read.error().message);
        return false;
    }
    if (!seed_open_alerts() || !read_new_rows()) {
        return false;
    }
    queue_.begin(clock_.wall() - told_kept_for);
    is_loaded_ = true;
    return true;
}

bool Notifier::seed_open_alerts() {
    const auto mark = store_.get(Family::outbox, told_mark);
    const auto open = alerts::list_alerts(store_);
    if (!mark || !open) {
        log::error("notify: reading alerts: {}", mark ? open.error().message : mark.error().message);
        return false;
    }
    is_unrecorded_ = !mark->has_value();
    std::set<std::string> owed;
    if (is_unrecorded_) {
        const auto read =
            store_.scan(Family::outbox, "q", keys::after_prefix("q"), [&owed](std::string_view, std::string_view row) {
                if (const auto one = alerts::decode_notification(row)) {
                    owed.insert(one->alert_id);
                }
                return true;
            });
        if (!read) {
            log::error("notify: reading the outbox: {}", read.error().message);
            return false;
        }
    }
    for (const auto& record : *open) {
        if (record.state.is_open) {
            queue_.seed(alerts::page_of(record, false, options_.external_labels),
                        is_unrecorded_ && !owed.contains(record.id), now());
        }
    }
    return true;
}

bool Notifier::read_new_rows() {
    const auto read =
        store_.scan(Family::outbox, alerts::queued_key(next_row_), keys::after_prefix("q"),
                    [this](std::string_view key, std::string_view row) {
                        const auto number = alerts::read_outbox_key(key);
                        auto notification = alerts::decode_notification(row);
                        if (!number || !notification) {
                            // It stays where it is, for someone to look at; the others go out.
                            log::error("notify: {}", number ? notification.error().message : number.error().message);
                            ++unreadable_rows_;
                        } else {
                            queue_.add(*number, std::move(*notification), now(), is_unrecorded_ && !is_loaded_);
                        }
                        next_row_ = number ? *number + 1 : next_row_;
                        return true;
                    });
    if (!read) {
        log::error("notify: reading the outbox: {}", read.error().message);
    }
    return read.has_value();
}

// Each is told once. It counts for nothing, the others for what they say: better a message too many.
void Notifier::tell_damaged(const std::vector<DamagedRow>& damaged) {
    for (const auto& row : damaged) {
        if (damaged_told_.size() < damaged_told_max && damaged_told_.insert(row.problem).second) {
            log::error("notify: {}: it holds nothing back", row.problem);
        }
    }
}

void Notifier::read_silences() {
    std::vector<DamagedRow> damaged;
    auto silences = routing::list_silences(store_, &damaged);
    if (!silences) {
        return log::error("notify: silences stay as they were: {}", silences.error().message);
    }
    tell_damaged(damaged);
    queue_.set_silences(std::move(*silences), now());
}

void Notifier::read_maintenance() {
    std::vector<DamagedRow> damaged;
    auto in_force = maintenance::InForce::read(*options_.maintenance, store_, clock_.wall(), &damaged);
    if (!in_force) {
        // As it was, a run whose end is not read would hold on until its time is up: better a message too many.
        log::error("notify: runs hold nothing back: {}", in_force.error().message);
        in_force = maintenance::InForce(*options_.maintenance, {});
    }
    tell_damaged(damaged);
    queue_.set_maintenance(std::move(*in_force), now());
}

void Notifier::read_in_hand() {
    std::vector<DamagedRow> damaged;
    const auto episodes = oncall::list_episodes(store_, &damaged);
    const auto failure = episodes ? std::string() : episodes.error().message;
    if (std::exchange(in_hand_failure_, failure) != failure && !failure.empty()) {
        // Better a call too many.
        log::error("notify: nobody is taken to have an alert in hand: {}", failure);
    }
    tell_damaged(damaged);
    InHand in_hand;
    for (const auto& one : episodes.value_or(std::vector<oncall::Episode>())) {
        if (one.hold) {
            in_hand.emplace(one.alert_id, one.fired_at);
        }
    }
    is_any_in_hand_ = !in_hand.empty() || !failure.empty() || !damaged.empty();
    in_hand_again_at_ = clock_.mono() + in_hand_read_every;
    queue_.set_in_hand(std::move(in_hand), now());
}

}  // namespace vigie::controller::notify
