// What the controller does by itself: tickets of alerts, promises that were not kept, and what is erased long after.
#include <algorithm>

#include "controller/store/keys.hpp"
#include "controller/tickets/book.hpp"

namespace vigie::controller::tickets {
namespace {

std::string annotation(const AlertTurn& turn, const std::string& name) {
    const auto found = turn.annotations.find(name);
    return found == turn.annotations.end() ? "" : found->second;
}

std::string title_of(const AlertTurn& turn) {
    const auto summary = annotation(turn, "summary");
    return as_title(!summary.empty()    ? summary
                    : turn.host.empty() ? turn.name
                                        : fmt::format("{} on {}", turn.name, turn.host));
}

std::string description_of(const AlertTurn& turn) {
    std::string text = annotation(turn, "description");
    text += text.empty() ? "" : "\n\n";
    for (const auto& [name, value] : turn.labels) {
        text += fmt::format("{}={}\n", name, value);
    }
    return shortened(text, text_bytes_max);
}

// A batch of them is some megabytes; the others follow with the next second.
constexpr size_t escalated_at_once_max = 100;

// Those that a ticket has room for.
Labels labels_of(const AlertTurn& turn) {
    Labels kept;
    for (const auto& [name, value] : turn.labels) {
        if (kept.size() < labels_max && !value.empty() && name.size() <= name_bytes_max) {
            kept.emplace(name, shortened(value, name_bytes_max));
        }
    }
    return kept;
}

// Why it turned, unless that is what turns nearly all.
std::string cause_of(const AlertTurn& turn) {
    return turn.cause.empty() || turn.cause == "sample" ? "" : fmt::format(" ({})", turn.cause);
}

}  // namespace

// Turns are told apart by what they are and by the time of their sample, not by which is the later one: a host's clock
// may be set back, and an end is then as late as its begin. A transition's number alone grows also when a series is
// gone for a while, and begins anew with an alert that was forgotten.
bool TicketBook::is_known(const AlertTurn& turn) const {
    const auto known = by_alert_.find(turn.alert);
    if (known == by_alert_.end()) {
        return false;
    }
    const auto& place = known->second;
    return place.transition == 0 ? turn.at <= place.at : turn.at == place.at && turn.is_over == place.is_over;
}

bool TicketBook::is_wanted(const Labels& labels) const {
    return std::any_of(options_.alerts.begin(), options_.alerts.end(),
                       [&labels](const auto& matchers) { return routing::is_match(matchers, labels); });
}

Result<bool> TicketBook::is_concerned(const AlertTurn& turn) {
    VIGIE_CHECK(ensure_loaded());
    return !is_known(turn) && (turn.is_over ? by_alert_.contains(turn.alert) : is_wanted(turn.labels));
}

Ticket TicketBook::ticket_for(const AlertTurn& turn, WallTime now) const {
    Ticket ticket;
    ticket.title = title_of(turn);
    ticket.description = description_of(turn);
    ticket.priority = options_.default_priority;
    for (const auto& priority : options_.priorities) {
        if (!priority.of_alerts.empty() && routing::is_match(priority.of_alerts, turn.labels)) {
            ticket.priority = priority.name;
            break;
        }
    }
    ticket.labels = labels_of(turn);
    ticket.host = shortened(turn.host, name_bytes_max);
    ticket.alert = turn.alert;
    ticket.created_at = now;
    ticket.watch.run(true, now);
    return ticket;
}

Result<std::optional<Ticket>> TicketBook::newest_of(const std::string& alert, const StoreBatch& batch) const {
    const auto known = by_alert_.find(alert);
    if (known == by_alert_.end()) {
        return std::nullopt;
    }
    auto found = find(known->second.ticket, batch);
    if (!found && found.error().code != ErrorCode::not_found) {
        return fail(found.error());
    }
    return found ? std::optional(std::move(*found)) : std::nullopt;
}

Result<std::vector<Step>> TicketBook::on_alert(const AlertTurn& turn, WallTime now, StoreBatch& batch) {
    std::vector<Step> steps;
    VIGIE_TRY(const bool is_concerning, is_concerned(turn));
    if (!is_concerning) {
        return steps;
    }
    VIGIE_TRY(auto ticket, newest_of(turn.alert, batch));
    const bool is_over_long = ticket && ticket->resolved_at && now - *ticket->resolved_at > options_.reopen_for;
    const bool is_new = !turn.is_over && (!ticket || is_over_long);
    const bool is_one_more = is_new || (!turn.is_over && !is_unresolved(ticket->status));
    if (is_one_more && !has_room()) {
        return fail(ErrorCode::too_large, "alert {} has no ticket: there are {} that are not resolved", turn.alert,
                    unresolved_.size());
    }
    // From here on nothing fails.
    AlertPlace place{ticket ? ticket->number : 0, turn.transition, turn.at, turn.is_over};
    if (is_new) {
        auto made = ticket_for(turn, now);
        made.follows = place.ticket;
        steps.push_back(put_new(std::move(made), controller_author, now, batch));
        place.ticket = steps.back().ticket.number;
    }
    if (ticket) {
        steps.push_back(put_turn(std::move(*ticket), turn, is_new ? place.ticket : 0, now, batch));
    }
    if (place.ticket != 0) {
        put_place(turn.alert, place, batch);
    } else if (turn.is_over) {
        forget_place(turn.alert, batch);  // its ticket was said to be about another one
    }
    return steps;
}

// Writes it below a ticket that there is, and opens that again unless another one goes on (`successor`; 0: none does).
Step TicketBook::put_turn(Ticket ticket, const AlertTurn& turn, uint64_t successor, WallTime now, StoreBatch& batch) {
    const auto text = turn.is_over
                          ? fmt::format("{} is over since {}{}", turn.name, to_rfc3339(turn.at), cause_of(turn))
                      : successor != 0 ? fmt::format("{} fires again: that is ticket {}", turn.name, successor)
                                       : fmt::format("{} fires again since {}", turn.name, to_rfc3339(turn.at));
    Step step{{}, "commented"};
    if (!turn.is_over && successor == 0 && !is_unresolved(ticket.status)) {
        const auto before = ticket;
        set_status(ticket, Status::open, now);
        step = {{}, "reopened", differences(before, ticket)};
    }
    if (ticket.comments < own_comments_max) {
        step.comment = put_comment(ticket, controller_author, text, now, batch);
    }
    step = put_changed(std::move(ticket), std::move(step), controller_author, now, batch);
    if (step.what == "reopened") {
        step.notices += tell(step.ticket, {"reopened", text}, options_.support, now, batch);
    }
    return step;
}

Result<void> TicketBook::on_clock_set(milliseconds by, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    clock_shift_ += by;
    for (auto& [number, ticket] : unresolved_) {
        move_to(clock_shift_, ticket);
    }
    batch.put(Family::tickets, clock_shift_key(), encode_shift(clock_shift_));
    return {};
}

Result<bool> TicketBook::is_escalation_due(WallTime now) {
    VIGIE_CHECK(ensure_loaded());
    return std::any_of(unresolved_.begin(), unresolved_.end(), [&](const auto& entry) {
        const auto* priority = find_priority(options_, entry.second.priority);
        return priority != nullptr && !due_escalations(entry.second, *priority, options_.levels, now).empty();
    });
}

Result<std::vector<Step>> TicketBook::escalate(WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    std::vector<uint64_t> late;  // put_changed() changes the map
    for (const auto& [number, ticket] : unresolved_) {
        const auto* priority = find_priority(options_, ticket.priority);
        if (priority != nullptr && late.size() < escalated_at_once_max &&
            !due_escalations(ticket, *priority, options_.levels, now).empty()) {
            late.push_back(number);
        }
    }
    std::vector<Step> steps;
    for (const auto number : late) {
        const auto ticket = unresolved_.at(number);
        const auto& priority = *find_priority(options_, ticket.priority);
        const auto due = due_escalations(ticket, priority, options_.levels, now);
        steps.push_back(put_escalations(ticket, priority, due, now, batch));
    }
    return steps;
}

Step TicketBook::put_escalations(Ticket ticket, const Priority& priority, std::span<const Escalation> due, WallTime now,
                                 StoreBatch& batch) {
    Step step{{}, "escalated"};
    for (const auto& one : due) {
        auto& told = one.promise == Promise::respond ? ticket.respond_levels : ticket.resolve_levels;
        step.fields.push_back(
            {fmt::format("{}_level", name_of(one.promise)), fmt::format("{}", told), fmt::format("{}", one.level + 1)});
        told = one.level + 1;
    }
    step = put_changed(std::move(ticket), std::move(step), controller_author, now, batch);
    for (const auto& one : due) {
        const bool is_response = one.promise == Promise::respond;
        auto sentence = fmt::format("not {} within {}: level {}", is_response ? "answered" : "resolved",
                                    format_duration(is_response ? priority.respond : priority.resolve), one.level + 1);
        step.notices += tell(
            step.ticket, {"escalated", std::move(sentence), fmt::format("{}-{}", name_of(one.promise), one.level + 1)},
            options_.levels[one.level].receiver, now, batch);
    }
    return step;
}

Result<size_t> TicketBook::prune(WallTime now, StoreBatch& batch, size_t looked_max) {
    VIGIE_CHECK(ensure_loaded());
    std::vector<Ticket> old;
    Result<void> outcome;
    size_t looked = 0;
    uint64_t go_on_behind = 0;
    const auto from = ticket_key(pruned_up_to_ + 1);
    VIGIE_CHECK(
        store_.scan(Family::tickets, from, keys::after_prefix("t"), [&](std::string_view, std::string_view row) {
            auto ticket = decode_ticket(row);
            if (!ticket) {
                outcome = fail(ticket.error());
                return false;
            }
            const bool is_young = now - ticket->created_at <= options_.kept_for;
            const bool is_last = !is_young && ++looked == looked_max;
            go_on_behind = is_last ? ticket->number : 0;
            if (!is_young && ticket->resolved_at && now - *ticket->resolved_at > options_.kept_for &&
                !unresolved_.contains(ticket->number)) {
                old.push_back(std::move(*ticket));
            }
            return !is_young && !is_last;
        }));
    VIGIE_CHECK(outcome);
    pruned_up_to_ = go_on_behind;
    for (const auto& ticket : old) {
        batch.erase(Family::tickets, ticket_key(ticket.number));
        for (const auto* kind : {"c", "h", "r"}) {
            const auto prefix = kind + keys::number(ticket.number);
            batch.erase_range(Family::tickets, prefix, keys::after_prefix(prefix));
        }
        put_reference(ticket, {}, batch);
        const auto place = by_alert_.find(ticket.alert);
        if (place != by_alert_.end() && place->second.ticket == ticket.number) {
            forget_place(ticket.alert, batch);
        }
    }
    return old.size();
}

}  // namespace vigie::controller::tickets
