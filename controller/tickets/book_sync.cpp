// What tickets and comments are called elsewhere, and how they are there.
#include <algorithm>

#include "controller/store/keys.hpp"
#include "controller/tickets/book.hpp"
#include "shared/core/harmless.hpp"

namespace vigie::controller::tickets {

namespace {

// Whoever can post for a tracker is not to speak as the controller, or as an operator of its own machine.
Result<void> check_author(const std::string& name) {
    VIGIE_CHECK(check_name("comment_author", name));
    const auto first = name.find_first_not_of(' ');
    auto word = first == std::string::npos ? "" : name.substr(first, name.find_last_not_of(' ') + 1 - first);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (word == controller_author || word == "host" || word.starts_with("uid ") || harmless(name) != name ||
        has_hidden_difference(name)) {
        return fail(ErrorCode::malformed,
                    "comment_author: '{}' would pass for somebody of Vigie's own: say who it was there",
                    harmless(name));
    }
    return {};
}

}  // namespace

// nullopt for "", and for what no ticket is called.
Result<std::optional<uint64_t>> TicketBook::number_of(const std::string& reference, const StoreBatch& batch) const {
    if (reference.empty()) {
        return std::nullopt;
    }
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::tickets, reference_key(reference)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(const auto number, decode_number(*row));
    return std::optional(number);
}

Result<void> TicketBook::check_reference(const Ticket& ticket, const StoreBatch& batch) const {
    VIGIE_TRY(const auto number, number_of(ticket.reference, batch));
    if (number && *number != ticket.number) {
        return fail(ErrorCode::conflict, "reference: ticket {} is called '{}' already", *number,
                    harmless(ticket.reference));
    }
    return {};
}

Result<bool> TicketBook::has_comment(uint64_t number, const std::string& reference, const StoreBatch& batch) const {
    if (reference.empty()) {
        return false;
    }
    VIGIE_TRY(const auto row, get_through(store_, batch, Family::tickets, comment_reference_key(number, reference)));
    return row.has_value();
}

void TicketBook::put_reference(const Ticket& before, const Ticket& after, StoreBatch& batch) {
    if (before.reference == after.reference) {
        return;
    }
    if (!before.reference.empty()) {
        batch.erase(Family::tickets, reference_key(before.reference));
    }
    if (!after.reference.empty()) {
        batch.put(Family::tickets, reference_key(after.reference), encode_number(after.number));
    }
}

Result<Step> TicketBook::sync_new(const Synced& wish, const std::string& author, WallTime now, StoreBatch& batch) {
    auto edit = wish.edit;
    edit.reference = wish.reference;
    VIGIE_TRY(auto step, create(edit, author, now, batch));
    if (wish.comment.empty()) {
        return step;
    }
    auto again = wish;  // now that there is one
    again.version = 0;
    return add_there(again, author, now, Answering::no, batch);
}

// Or why it cannot be so here.
Result<Ticket> TicketBook::as_there(const Ticket& before, const Synced& wish, WallTime now,
                                    const StoreBatch& batch) const {
    if (wish.version != 0) {
        VIGIE_CHECK(refuse_version(before, wish.version, batch));
    }
    if (!before.reference.empty() && before.reference != wish.reference) {
        return fail(ErrorCode::conflict, "ticket {} is '{}' there, and not '{}'", before.number,
                    harmless(before.reference), harmless(wish.reference));
    }
    auto edit = wish.edit;
    edit.reference = wish.reference;
    if (edit.status == Status::new_ && before.status != Status::new_) {  // new there is not begun: here it may be
        edit.status = is_unresolved(before.status) ? before.status : Status::open;
    }
    VIGIE_TRY(auto after, edited(before, edit, now));
    if (find_priority(options_, after.priority) == nullptr && after.priority != before.priority) {
        return fail(unknown_priority(options_, after.priority));
    }
    VIGIE_CHECK(check_room_to_open(before, after));
    return after;
}

Result<Step> TicketBook::sync(const Synced& wish, const std::string& author, WallTime now, StoreBatch& batch) {
    return add_there(wish, author, now, Answering::yes, batch);
}

// `answering`: whether a comment is an answer; one that a ticket begins with is not.
Result<Step> TicketBook::add_there(const Synced& wish, const std::string& author, WallTime now, Answering answering,
                                   StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    if (wish.reference.empty()) {
        return fail(ErrorCode::malformed, "reference: say what the ticket is called there");
    }
    VIGIE_CHECK(check_name("comment_reference", wish.comment_reference));
    VIGIE_CHECK(check_author(wish.comment_author));
    if (!wish.comment.empty()) {
        VIGIE_CHECK(check_comment(wish.comment));
    }
    VIGIE_TRY(const auto known_as, number_of(wish.reference, batch));
    if (known_as && wish.number != 0 && wish.number != *known_as) {
        return fail(ErrorCode::conflict, "'{}' is ticket {} here, and not {}", harmless(wish.reference), *known_as,
                    wish.number);
    }
    const auto number = known_as.value_or(wish.number);
    if (number == 0) {
        return sync_new(wish, author, now, batch);
    }
    VIGIE_TRY(const auto before, find(number, batch));
    VIGIE_TRY(auto after, as_there(before, wish, now, batch));
    VIGIE_TRY(const bool is_known, has_comment(number, wish.comment_reference, batch));
    const bool is_commented = !wish.comment.empty() && !is_known;
    if (is_commented) {
        VIGIE_CHECK(check_room_for_comment(before, wish.comment));
    }
    Step step{before, "known", differences(before, after)};
    if (step.fields.empty() && !is_commented) {
        return step;
    }
    step.what = step.fields.empty() ? "commented" : "changed";
    put_reference(before, after, batch);
    if (is_commented) {
        const auto& writer = wish.comment_author.empty() ? author : wish.comment_author;
        if (answering == Answering::yes && writer != before.requester) {
            note_response(after, now);
        }
        step.comment = put_comment(after, writer, wish.comment, now, batch);
        if (!wish.comment_reference.empty()) {
            batch.put(Family::tickets, comment_reference_key(number, wish.comment_reference), "");
        }
    }
    return put_changed(std::move(after), std::move(step), author, now, batch);
}

}  // namespace vigie::controller::tickets
