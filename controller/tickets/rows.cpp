// The bytes of each row: a version, then the fields in the order of the struct.
#include "controller/tickets/rows.hpp"

#include <algorithm>

#include "controller/alerts/label_rows.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller::tickets {
namespace {

constexpr uint8_t row_version = 1;
constexpr uint8_t ticket_row_version = 2;  // 1 lacks what is at its end

void write_time(keys::KeyWriter& row, const std::optional<WallTime>& at) {
    row.u8(at ? 1 : 0).i64(unix_ms(at.value_or(WallTime{})));
}
std::optional<WallTime> read_time(keys::KeyReader& row) {
    const bool is_there = row.u8() != 0;
    const auto at = wall_from_unix_ms(row.i64());
    return is_there ? std::optional(at) : std::nullopt;
}

Result<void> check(const keys::KeyReader& row, uint8_t version, std::string_view what) {
    if (!row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "tickets: {} is not readable (version {})", what, version);
    }
    return {};
}

// The newest rows behind a prefix, oldest first.
template <typename Row, typename Decode>
Result<std::vector<Row>> newest(const StoreReader& store, const std::string& prefix, size_t count_max, Decode decode) {
    std::vector<Row> rows;
    Result<void> outcome;
    VIGIE_CHECK(store.scan_back(Family::tickets, prefix, keys::after_prefix(prefix),
                                [&](std::string_view, std::string_view bytes) {
                                    auto row = decode(bytes);
                                    if (!row) {
                                        outcome = fail(row.error());
                                        return false;
                                    }
                                    rows.push_back(std::move(*row));
                                    return rows.size() < count_max;
                                }));
    VIGIE_CHECK(outcome);
    std::reverse(rows.begin(), rows.end());
    return rows;
}

}  // namespace

std::string last_number_key() {
    return "n";
}
std::string clock_shift_key() {
    return "s";
}
std::string unresolved_key(uint64_t number) {
    return "o" + keys::number(number);
}
std::string ticket_key(uint64_t number) {
    return "t" + keys::number(number);
}
std::string comment_key(uint64_t number, uint32_t comment) {
    return "c" + keys::KeyWriter().u64(number).u32(comment).take();
}
std::string change_key(uint64_t number, uint64_t version) {
    return "h" + keys::KeyWriter().u64(number).u64(version).take();
}
std::string alert_key(std::string_view alert) {
    return fmt::format("a{}", alert);
}
std::string reference_key(std::string_view reference) {
    return fmt::format("k{}", reference);
}
std::string comment_reference_key(uint64_t number, std::string_view reference) {
    return fmt::format("r{}{}", keys::number(number), reference);
}

std::string encode_number(uint64_t number) {
    return keys::KeyWriter().u8(row_version).u64(number).take();
}
Result<uint64_t> decode_number(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    const auto number = row.u64();
    VIGIE_CHECK(check(row, version, "a number"));
    return number;
}

std::string encode_shift(milliseconds shift) {
    return keys::KeyWriter().u8(row_version).i64(shift.count()).take();
}

void move_to(milliseconds shift, Ticket& ticket) {
    if (ticket.watch.running_since) {
        *ticket.watch.running_since += shift - ticket.clock_shift;
    }
    ticket.clock_shift = shift;
}

Result<milliseconds> clock_shift_of(const StoreReader& store) {
    VIGIE_TRY(const auto bytes, store.get(Family::tickets, clock_shift_key()));
    if (!bytes) {
        return milliseconds{0};
    }
    keys::KeyReader row(*bytes);
    const auto version = row.u8();
    const milliseconds shift{row.i64()};
    VIGIE_CHECK(check(row, version, "what the clock was set by"));
    return shift;
}

std::string encode(const Ticket& ticket) {
    keys::KeyWriter row;
    row.u8(ticket_row_version).u64(ticket.number).u64(ticket.version).bytes(ticket.title).bytes(ticket.description);
    row.bytes(ticket.requester).bytes(ticket.assignee).bytes(ticket.priority).u8(static_cast<uint8_t>(ticket.status));
    alerts::write_labels(row, ticket.labels);
    row.bytes(ticket.host).bytes(ticket.alert).bytes(ticket.run).bytes(ticket.reference);
    row.u64(ticket.follows).u32(ticket.comments);
    row.i64(unix_ms(ticket.created_at)).i64(unix_ms(ticket.changed_at));
    write_time(row, ticket.resolved_at);
    row.i64(ticket.watch.counted.count());
    write_time(row, ticket.watch.running_since);
    row.u8(ticket.responded_after ? 1 : 0).i64(ticket.responded_after.value_or(milliseconds{0}).count());
    row.u32(ticket.respond_levels).u32(ticket.resolve_levels).i64(ticket.clock_shift.count());
    return row.take();
}

Result<Ticket> decode_ticket(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Ticket ticket;
    ticket.number = row.u64();
    ticket.version = row.u64();
    ticket.title = row.bytes();
    ticket.description = row.bytes();
    ticket.requester = row.bytes();
    ticket.assignee = row.bytes();
    ticket.priority = row.bytes();
    const auto status = row.u8();
    ticket.labels = alerts::read_labels(row);
    ticket.host = row.bytes();
    ticket.alert = row.bytes();
    ticket.run = row.bytes();
    ticket.reference = row.bytes();
    ticket.follows = row.u64();
    ticket.comments = row.u32();
    ticket.created_at = wall_from_unix_ms(row.i64());
    ticket.changed_at = wall_from_unix_ms(row.i64());
    ticket.resolved_at = read_time(row);
    ticket.watch.counted = milliseconds{row.i64()};
    ticket.watch.running_since = read_time(row);
    const bool has_responded = row.u8() != 0;
    const milliseconds responded_after{row.i64()};
    if (has_responded) {
        ticket.responded_after = responded_after;
    }
    ticket.respond_levels = row.u32();
    ticket.resolve_levels = row.u32();
    if (version == ticket_row_version) {
        ticket.clock_shift = milliseconds{row.i64()};
    }
    VIGIE_CHECK(check(row, version == ticket_row_version ? row_version : version, "a ticket"));
    if (status < static_cast<uint8_t>(Status::new_) || status > static_cast<uint8_t>(Status::closed)) {
        return fail(ErrorCode::corrupt, "tickets: ticket {} has the unknown status {}", ticket.number, status);
    }
    ticket.status = static_cast<Status>(status);
    return ticket;
}

std::string encode(const Comment& comment) {
    keys::KeyWriter row;
    row.u8(row_version).u32(comment.number).i64(unix_ms(comment.at)).bytes(comment.author).bytes(comment.text);
    return row.take();
}
Result<Comment> decode_comment(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Comment comment;
    comment.number = row.u32();
    comment.at = wall_from_unix_ms(row.i64());
    comment.author = row.bytes();
    comment.text = row.bytes();
    VIGIE_CHECK(check(row, version, "a comment"));
    return comment;
}

std::string encode(const Change& change) {
    keys::KeyWriter row;
    row.u8(row_version).u64(change.version).i64(unix_ms(change.at)).bytes(change.author).bytes(change.what);
    row.u32(static_cast<uint32_t>(change.fields.size()));
    for (const auto& field : change.fields) {
        row.bytes(field.field).bytes(field.from).bytes(field.to);
    }
    return row.take();
}
Result<Change> decode_change(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Change change;
    change.version = row.u64();
    change.at = wall_from_unix_ms(row.i64());
    change.author = row.bytes();
    change.what = row.bytes();
    const auto fields = row.u32();
    for (uint32_t i = 0; i < fields && row.is_ok(); ++i) {
        auto& field = change.fields.emplace_back();
        field.field = row.bytes();
        field.from = row.bytes();
        field.to = row.bytes();
    }
    VIGIE_CHECK(check(row, version, "a change"));
    return change;
}

std::string encode(const AlertPlace& place) {
    keys::KeyWriter row;
    row.u8(row_version).u64(place.ticket).u64(place.transition).i64(unix_ms(place.at)).u8(place.is_over ? 1 : 0);
    return row.take();
}
Result<AlertPlace> decode_alert_place(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    AlertPlace place;
    place.ticket = row.u64();
    place.transition = row.u64();
    place.at = wall_from_unix_ms(row.i64());
    place.is_over = row.u8() != 0;
    VIGIE_CHECK(check(row, version, "an alert's place"));
    return place;
}

Result<std::optional<Ticket>> find_ticket(const StoreReader& store, uint64_t number) {
    VIGIE_TRY(const auto row, store.get(Family::tickets, ticket_key(number)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(auto ticket, decode_ticket(*row));
    VIGIE_TRY(const auto shift, clock_shift_of(store));
    move_to(shift, ticket);
    return ticket;
}

Result<std::vector<Comment>> newest_comments(const StoreReader& store, uint64_t number, size_t count_max) {
    return newest<Comment>(store, "c" + keys::number(number), count_max, decode_comment);
}
Result<std::vector<Comment>> all_comments(const StoreReader& store, uint64_t number) {
    return newest_comments(store, number, comments_max);
}
Result<std::vector<Change>> newest_changes(const StoreReader& store, uint64_t number, size_t count_max) {
    return newest<Change>(store, "h" + keys::number(number), count_max, decode_change);
}

Result<std::vector<Ticket>> tickets_after(const StoreReader& store, uint64_t number, size_t count_max) {
    std::vector<Ticket> some;
    VIGIE_TRY(const auto shift, clock_shift_of(store));
    Result<void> outcome;
    VIGIE_CHECK(store.scan(Family::tickets, ticket_key(number + 1), keys::after_prefix("t"),
                           [&](std::string_view, std::string_view row) {
                               auto ticket = decode_ticket(row);
                               if (!ticket) {
                                   outcome = fail(ticket.error());
                                   return false;
                               }
                               move_to(shift, *ticket);
                               some.push_back(std::move(*ticket));
                               return some.size() < count_max;
                           }));
    VIGIE_CHECK(outcome);
    return some;
}

Result<Page> page_of_tickets(const StoreReader& store, uint64_t before, size_t count_max, size_t looked_max,
                             const std::function<bool(const Ticket&)>& is_wanted) {
    Page page;
    VIGIE_TRY(const auto shift, clock_shift_of(store));
    Result<void> outcome;
    size_t looked = 0;
    uint64_t last = 0;
    const auto end = before == 0 ? keys::after_prefix("t") : ticket_key(before);
    VIGIE_CHECK(store.scan_back(Family::tickets, "t", end, [&](std::string_view, std::string_view row) {
        if (page.tickets.size() == count_max || looked == looked_max) {
            page.next = last;
            return false;
        }
        auto ticket = decode_ticket(row);
        if (!ticket) {
            outcome = fail(ticket.error());
            return false;
        }
        move_to(shift, *ticket);
        ++looked;
        last = ticket->number;
        if (is_wanted(*ticket)) {
            page.tickets.push_back(std::move(*ticket));
        }
        return true;
    }));
    VIGIE_CHECK(outcome);
    return page;
}

}  // namespace vigie::controller::tickets
