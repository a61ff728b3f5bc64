// What Family::tickets holds, and reading it. Reads see what is durable; any thread.
//   "n"                    -> the number that was given last
//   "o" + number           -> "": it is neither resolved nor closed
//   "t" + number           -> a ticket
//   "c" + number + comment -> a comment
//   "h" + number + version -> what a version changed
//   "a" + alert's id       -> the newest ticket of an alert, and what of the alert it knows
//   "k" + reference        -> the number of the ticket that has it
//   "r" + number + reference -> "": the ticket has this comment of another tracker, or of a mail
//   "s"                    -> what the controller's clock was set by in all: tickets that were written before it was
//                             set count on as if it had not been
#pragma once
#include "controller/store/state_store.hpp"
#include "controller/tickets/ticket.hpp"

namespace vigie::controller::tickets {

// A ticket that changes every day for years. Of more the oldest are erased.
constexpr uint64_t changes_kept_max = 1'000;

struct AlertPlace {
    uint64_t ticket = 0;
    uint64_t transition = 0;  // of the alert: the last that its ticket knows; 0: a person opened it, and knows what was
    WallTime at{};            // when that was
    bool is_over = false;     // whether it was an end
    bool operator==(const AlertPlace&) const = default;
};

std::string last_number_key();
std::string clock_shift_key();
std::string unresolved_key(uint64_t number);
std::string ticket_key(uint64_t number);
std::string comment_key(uint64_t number, uint32_t comment);
std::string change_key(uint64_t number, uint64_t version);
std::string alert_key(std::string_view alert);
std::string reference_key(std::string_view reference);
std::string comment_reference_key(uint64_t number, std::string_view reference);

std::string encode_number(uint64_t number);
std::string encode_shift(milliseconds shift);
std::string encode(const Ticket& ticket);
std::string encode(const Comment& comment);
std::string encode(const Change& change);
std::string encode(const AlertPlace& place);
// Makes its watch one of the clock that was set by so much in all.
void move_to(milliseconds shift, Ticket& ticket);
// 0 when there is none.
Result<milliseconds> clock_shift_of(const StoreReader& store);
// corrupt when the row does not have its form. A ticket is as it was written: move_to() is the caller's.
Result<uint64_t> decode_number(std::string_view row);
Result<Ticket> decode_ticket(std::string_view row);
Result<Comment> decode_comment(std::string_view row);
Result<Change> decode_change(std::string_view row);
Result<AlertPlace> decode_alert_place(std::string_view row);

// nullopt: there is none of that number.
Result<std::optional<Ticket>> find_ticket(const StoreReader& store, uint64_t number);
// Oldest first, the newest `count_max` of them.
Result<std::vector<Comment>> newest_comments(const StoreReader& store, uint64_t number, size_t count_max);
Result<std::vector<Change>> newest_changes(const StoreReader& store, uint64_t number, size_t count_max);

// All comments, oldest first.
Result<std::vector<Comment>> all_comments(const StoreReader& store, uint64_t number);

// Newest first, those below `before` (0: all). `is_wanted` decides; it ends after `count_max` that are, or `looked_max`
// that were looked at. `next`: where to go on, as the next `before`; 0 at the end.
struct Page {
    std::vector<Ticket> tickets;
    uint64_t next = 0;
};
Result<Page> page_of_tickets(const StoreReader& store, uint64_t before, size_t count_max, size_t looked_max,
                             const std::function<bool(const Ticket&)>& is_wanted);

// Oldest first, those with greater numbers.
Result<std::vector<Ticket>> tickets_after(const StoreReader& store, uint64_t number, size_t count_max);

}  // namespace vigie::controller::tickets
