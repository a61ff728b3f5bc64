// What people ask for, and how a step is written.
#include "controller/tickets/book.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"
#include "shared/core/harmless.hpp"

namespace vigie::controller::tickets {
namespace {

// What is told of a ticket that became newer meanwhile: its last changes.
constexpr uint64_t changes_told_max = 5;

// For a terminal, which nothing in it steers.
std::string sentence_of(const Change& change) {
    std::string text = fmt::format("{}: {} {} it", change.version, harmless(change.author), change.what);
    for (const auto& field : change.fields) {
        text += fmt::format(", {} '{}' -> '{}'", field.field, harmless(shortened(field.from, 60)),
                            harmless(shortened(field.to, 60)));
    }
    return text;
}

std::string status_sentence(const std::string& author, const std::vector<FieldChange>& fields) {
    for (const auto& field : fields) {
        if (field.field == "status") {
            return fmt::format("{}: {} -> {}", author, field.from, field.to);
        }
    }
    return "";
}

}  // namespace

Result<void> TicketBook::load() {
    is_loaded_ = false;
    unresolved_.clear();
    by_alert_.clear();
    VIGIE_TRY(const auto last, store_.get(Family::tickets, last_number_key()));
    last_number_ = 0;
    if (last) {
        VIGIE_TRY(last_number_, decode_number(*last));
    }
    VIGIE_TRY(clock_shift_, clock_shift_of(store_));
    std::vector<uint64_t> numbers;
    VIGIE_CHECK(store_.scan(Family::tickets, "o", keys::after_prefix("o"), [&](std::string_view key, std::string_view) {
        numbers.push_back(keys::read_number(key.substr(1)).value_or(0));
        return true;
    }));
    for (const auto number : numbers) {
        VIGIE_TRY(auto ticket, find_ticket(store_, number));
        if (ticket) {
            unresolved_.emplace(number, std::move(*ticket));
        }
    }
    Result<void> outcome;
    VIGIE_CHECK(
        store_.scan(Family::tickets, "a", keys::after_prefix("a"), [&](std::string_view key, std::string_view row) {
            const auto place = decode_alert_place(row);
            if (!place) {
                outcome = fail(place.error());
                return false;
            }
            by_alert_.emplace(key.substr(1), *place);
            return true;
        }));
    VIGIE_CHECK(outcome);
    VIGIE_CHECK(
        store_.scan_back(Family::outbox, "m", keys::after_prefix("m"), [&](std::string_view key, std::string_view) {
            const auto number = notify::read_notice_key(key);
            next_notice_ = std::max(next_notice_, number.value_or(0) + 1);
            return false;
        }));
    is_loaded_ = true;
    return {};
}

Result<void> TicketBook::ensure_loaded() {
    return is_loaded_ ? Result<void>{} : load();
}

Result<Ticket> TicketBook::find(uint64_t number, const StoreBatch& batch) const {
    if (const auto found = unresolved_.find(number); found != unresolved_.end()) {
        return found->second;
    }
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::tickets, ticket_key(number)));
    if (!row) {
        return fail(ErrorCode::not_found, "there is no ticket {}: vigie tickets list shows them", number);
    }
    VIGIE_TRY(auto ticket, decode_ticket(*row));
    move_to(clock_shift_, ticket);
    return ticket;
}

Result<void> TicketBook::check_room() const {
    if (!has_room()) {
        return fail(ErrorCode::too_large, "there are {} tickets that are not resolved, and more are not kept",
                    unresolved_.size());
    }
    return {};
}

Result<Ticket> TicketBook::begin(const Edit& wish, WallTime now) const {
    VIGIE_CHECK(check_room());
    Ticket ticket;
    ticket.created_at = now;
    ticket.priority = options_.default_priority;
    ticket.watch.run(true, now);
    auto whole = wish;
    whole.title = wish.title.value_or("");
    VIGIE_TRY(ticket, edited(std::move(ticket), whole, now));
    if (find_priority(options_, ticket.priority) == nullptr) {
        return fail(unknown_priority(options_, ticket.priority));
    }
    return ticket;
}

Result<Step> TicketBook::create(const Edit& wish, const std::string& author, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    VIGIE_TRY(const auto known_as, number_of(wish.reference.value_or(""), batch));
    if (known_as) {
        VIGIE_TRY(auto same, find(*known_as, batch));
        return Step{std::move(same), "known"};
    }
    VIGIE_TRY(auto ticket, begin(wish, now));
    if (ticket.requester.empty()) {
        ticket.requester = author;
    }
    AlertPlace place{.ticket = 0, .transition = 0, .at = now};  // what became of the alert before, people know
    if (const auto known = by_alert_.find(ticket.alert); !ticket.alert.empty() && known != by_alert_.end()) {
        place = known->second;
        if (unresolved_.contains(place.ticket)) {
            return fail(ErrorCode::conflict, "ticket {} is about this alert already", place.ticket);
        }
        ticket.follows = place.ticket;
    }
    auto step = put_new(std::move(ticket), author, now, batch);
    put_reference({}, step.ticket, batch);
    if (!step.ticket.alert.empty()) {
        place.ticket = step.ticket.number;
        put_place(step.ticket.alert, place, batch);
    }
    return step;
}

Result<void> TicketBook::refuse_version(const Ticket& ticket, uint64_t version, const StoreBatch& batch) const {
    if (version == ticket.version) {
        return {};
    }
    if (version > ticket.version || version == 0) {
        return fail(ErrorCode::malformed, "--version {}: ticket {} is at version {}", version, ticket.number,
                    ticket.version);
    }
    std::string since;
    for (auto one = std::max(version, ticket.version - std::min(ticket.version, changes_told_max)) + 1;
         one <= ticket.version; ++one) {
        VIGIE_TRY(const auto row, get_through(store_, batch, Family::tickets, change_key(ticket.number, one)));
        if (row) {
            VIGIE_TRY(const auto change, decode_change(*row));
            since += fmt::format("; {}", sentence_of(change));
        }
    }
    return fail(ErrorCode::conflict,
                "ticket {} is at version {} and no more at {}: nothing was done{}. See vigie tickets show {}",
                ticket.number, ticket.version, version, since, ticket.number);
}

Result<void> TicketBook::check_room_for_comment(const Ticket& ticket, const std::string& text) const {
    VIGIE_CHECK(check_comment(text));
    if (ticket.comments >= comments_max) {
        return fail(ErrorCode::too_large, "ticket {} has {} comments, and more are not kept: write into a new one",
                    ticket.number, ticket.comments);
    }
    return {};
}

Result<void> TicketBook::check_room_to_open(const Ticket& before, const Ticket& after) const {
    const bool is_one_more = !is_unresolved(before.status) && is_unresolved(after.status);
    return is_one_more ? check_room() : Result<void>{};
}

// One alert has one ticket that is not resolved.
Result<void> TicketBook::check_alert(const Ticket& before, const Ticket& after) const {
    const auto known = by_alert_.find(after.alert);
    const bool is_other = after.alert != before.alert && !after.alert.empty() && known != by_alert_.end() &&
                          known->second.ticket != after.number && unresolved_.contains(known->second.ticket);
    return is_other ? fail(ErrorCode::conflict, "ticket {} is about this alert already", known->second.ticket)
                    : Result<void>{};
}

// What became of the alert before, people know. The one that it is no longer about has no ticket, and gets one of its
// own when it fires again: until it is over, its place tells that this fire is known.
void TicketBook::put_alert(const Ticket& before, const Ticket& after, WallTime now, StoreBatch& batch) {
    if (before.alert == after.alert) {
        return;
    }
    if (const auto old = by_alert_.find(before.alert); old != by_alert_.end() && old->second.ticket == before.number) {
        auto place = old->second;
        place.ticket = 0;
        place.is_over ? forget_place(before.alert, batch) : put_place(before.alert, place, batch);
    }
    if (!after.alert.empty()) {
        AlertPlace place{.ticket = 0, .transition = 0, .at = now};
        if (const auto known = by_alert_.find(after.alert); known != by_alert_.end()) {
            place = known->second;
        }
        place.ticket = after.number;
        put_place(after.alert, place, batch);
    }
}

Result<Step> TicketBook::update(uint64_t number, uint64_t version, const Edit& edit, const std::string& note,
                                const std::string& author, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    VIGIE_TRY(const auto before, find(number, batch));
    VIGIE_CHECK(refuse_version(before, version, batch));
    VIGIE_TRY(auto after, edited(before, edit, now));
    if (edit.priority && find_priority(options_, *edit.priority) == nullptr) {
        return fail(unknown_priority(options_, *edit.priority));
    }
    if (!note.empty()) {
        VIGIE_CHECK(check_room_for_comment(before, note));
    }
    auto fields = differences(before, after);
    if (fields.empty() && note.empty() && edit.status) {
        return Step{before, "known"};  // whoever closes what is closed has what they want
    }
    if (fields.empty()) {
        return fail(ErrorCode::conflict, "ticket {} is so already: nothing was changed{}", number,
                    note.empty() ? "" : ", and the comment is not written");
    }
    VIGIE_CHECK(check_alert(before, after));
    VIGIE_CHECK(check_room_to_open(before, after));
    VIGIE_CHECK(check_reference(after, batch));
    put_reference(before, after, batch);
    put_alert(before, after, now, batch);
    Step step{{}, "changed", std::move(fields)};
    if (!note.empty()) {
        if (author != before.requester) {
            note_response(after, now);
        }
        step.comment = put_comment(after, author, note, now, batch);
    }
    return put_changed(std::move(after), std::move(step), author, now, batch);
}

Result<Step> TicketBook::comment(uint64_t number, const std::string& text, const std::string& author, WallTime now,
                                 StoreBatch& batch, const std::string& reference) {
    VIGIE_CHECK(ensure_loaded());
    VIGIE_TRY(auto ticket, find(number, batch));
    VIGIE_TRY(const bool is_known, has_comment(number, reference, batch));
    if (is_known) {
        return Step{std::move(ticket), "known"};
    }
    VIGIE_CHECK(check_name("reference", reference));
    VIGIE_CHECK(check_room_for_comment(ticket, text));
    if (author != ticket.requester) {
        note_response(ticket, now);
    }
    Step step{{}, "commented"};
    step.comment = put_comment(ticket, author, text, now, batch);
    if (!reference.empty()) {
        batch.put(Family::tickets, comment_reference_key(number, reference), "");
    }
    return put_changed(std::move(ticket), std::move(step), author, now, batch);
}

Step TicketBook::put_new(Ticket ticket, const std::string& author, WallTime now, StoreBatch& batch) {
    ticket.number = ++last_number_;
    ticket.version = 0;
    batch.put(Family::tickets, last_number_key(), encode_number(last_number_));
    auto step = put_changed(std::move(ticket), {{}, "created"}, author, now, batch);
    step.notices =
        tell(step.ticket, {"created", fmt::format("{} opened a ticket", author)}, options_.support, now, batch);
    return step;
}

// `step`: what it did, without the ticket.
Step TicketBook::put_changed(Ticket ticket, Step step, const std::string& author, WallTime now, StoreBatch& batch) {
    ++ticket.version;
    ticket.changed_at = now;
    ticket.clock_shift = clock_shift_;
    batch.put(Family::tickets, change_key(ticket.number, ticket.version),
              encode(Change{ticket.version, now, author, step.what, step.fields}));
    if (ticket.version > changes_kept_max) {
        batch.erase(Family::tickets, change_key(ticket.number, ticket.version - changes_kept_max));
    }
    batch.put(Family::tickets, ticket_key(ticket.number), encode(ticket));
    const bool was_unresolved = unresolved_.erase(ticket.number) > 0;
    if (is_unresolved(ticket.status)) {
        if (!was_unresolved) {
            batch.put(Family::tickets, unresolved_key(ticket.number), "");
        }
        unresolved_.emplace(ticket.number, ticket);
    } else {
        batch.erase(Family::tickets, unresolved_key(ticket.number));
    }
    if (auto sentence = status_sentence(author, step.fields); !sentence.empty()) {
        step.notices += tell(ticket, {"status", std::move(sentence)}, receiver_of_requester(options_, ticket.requester),
                             now, batch);
    }
    step.notices += tell_tracker(ticket, step, author, now, batch);
    step.ticket = std::move(ticket);
    return step;
}

// Of the version that the ticket gets next.
Comment TicketBook::put_comment(Ticket& ticket, const std::string& author, std::string text, WallTime now,
                                StoreBatch& batch) {
    ++ticket.comments;
    Comment written{ticket.comments, now, author, std::move(text)};
    batch.put(Family::tickets, comment_key(ticket.number, ticket.comments), encode(written));
    return written;
}

void TicketBook::put_place(const std::string& alert, const AlertPlace& place, StoreBatch& batch) {
    by_alert_.insert_or_assign(alert, place);
    batch.put(Family::tickets, alert_key(alert), encode(place));
}

void TicketBook::forget_place(const std::string& alert, StoreBatch& batch) {
    batch.erase(Family::tickets, alert_key(alert));
    by_alert_.erase(alert);
}

size_t TicketBook::tell(const Ticket& ticket, const News& news, const std::string& receiver, WallTime now,
                        StoreBatch& batch) {
    if (receiver.empty() || receiver == options_.tracker) {  // the tracker hears of each step anyway
        return 0;
    }
    batch.put(Family::outbox, notify::notice_key(next_notice_++),
              encode(notice_of(ticket, news, receiver, options_, now)));
    return 1;
}

// What came from there is not told there: two programs would write to each other for ever.
size_t TicketBook::tell_tracker(const Ticket& ticket, const Step& step, const std::string& author, WallTime now,
                                StoreBatch& batch) {
    if (options_.tracker.empty() || author == tracker_author) {
        return 0;
    }
    const auto sentence = sentence_of({ticket.version, now, author, step.what, step.fields});
    batch.put(Family::outbox, notify::notice_key(next_notice_++),
              encode(notice_of(ticket, {step.what, sentence, "", step.comment}, options_.tracker, options_, now)));
    return 1;
}

}  // namespace vigie::controller::tickets
