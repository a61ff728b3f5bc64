// One ticket: what somebody asks for, or what an alert brought, and what may become of it. Pure: times come in, and
// nothing is kept here. Any thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/query/labels.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::tickets {

using query::Labels;

// The numbers stand on disk.
enum class Status : uint8_t { new_ = 1, open = 2, pending = 3, resolved = 4, closed = 5 };
std::string_view name_of(Status status);
std::optional<Status> status_named(std::string_view word);
// Somebody still has to do something, or waits for somebody.
constexpr bool is_unresolved(Status status) {
    return status != Status::resolved && status != Status::closed;
}
// Time counts against what was promised: not while others are waited for.
constexpr bool is_counted(Status status) {
    return status == Status::new_ || status == Status::open;
}

// A line of a table, in letters (code points).
constexpr size_t title_letters_max = 200;
// A description, a comment: some pages. With every byte escaped it still fits into one request.
constexpr size_t text_bytes_max = 16 * 1024;
// A person, a host, a run, a label's name or value.
constexpr size_t name_bytes_max = 1024;
constexpr size_t labels_max = 64;
// 8 MiB of text: half of what one answer may hold.
constexpr uint32_t comments_max = 500;
// An alert that comes and goes for months leaves people room to write.
constexpr uint32_t own_comments_max = 400;

// How much time counted so far. It stops and goes on with the status.
struct Stopwatch {
    milliseconds counted{0};
    std::optional<WallTime> running_since{};
    // A clock that was set back takes nothing away.
    milliseconds at(WallTime now) const;
    void run(bool is_running, WallTime now);
    bool operator==(const Stopwatch&) const = default;
};

struct Ticket {
    uint64_t number = 0;   // from 1, without holes
    uint64_t version = 1;  // of changes and comments
    std::string title;
    std::string description{};
    std::string requester{};
    std::string assignee{};
    std::string priority{};
    Status status = Status::new_;
    Labels labels{};
    std::string host{};
    std::string alert{};      // its id
    std::string run{};        // its id
    std::string reference{};  // what another tracker calls it, or the mail that it was; no other ticket has it
    uint64_t follows = 0;     // the ticket that this one goes on from; 0: none
    uint32_t comments = 0;    // how many
    WallTime created_at{};
    WallTime changed_at{};
    std::optional<WallTime> resolved_at{};  // unless it was opened again
    Stopwatch watch{};
    std::optional<milliseconds> responded_after{};  // of counted time
    uint32_t respond_levels = 0;                    // of escalation that were told
    uint32_t resolve_levels = 0;
    milliseconds clock_shift{0};  // what the controller's clock had been set by in all, when `watch` was written
    bool operator==(const Ticket&) const = default;
};

struct Comment {
    uint32_t number = 0;  // of its ticket, from 1
    WallTime at{};
    std::string author;
    std::string text;
    bool operator==(const Comment&) const = default;
};

struct FieldChange {
    std::string field;
    std::string from;
    std::string to;
    bool operator==(const FieldChange&) const = default;
};

// One step of a ticket's history.
struct Change {
    uint64_t version = 0;  // what it made
    WallTime at{};
    std::string author;
    std::string what;  // "created", "changed", "commented", …
    std::vector<FieldChange> fields{};
    bool operator==(const Change&) const = default;
};

// What somebody wants to be different. What is not said stays.
struct Edit {
    std::optional<std::string> title{};
    std::optional<std::string> description{};
    std::optional<std::string> requester{};
    std::optional<std::string> assignee{};
    std::optional<std::string> priority{};
    std::optional<std::string> host{};
    std::optional<std::string> alert{};
    std::optional<std::string> run{};
    std::optional<std::string> reference{};
    std::optional<Status> status{};
    Labels labels{};  // added; one with an empty value is taken away
};

// The ticket with the edit; malformed or too_large, naming the field, when it cannot be so. Its version is the same.
Result<Ticket> edited(Ticket ticket, const Edit& edit, WallTime now);
// What people see of the difference. Long texts by their beginnings.
std::vector<FieldChange> differences(const Ticket& before, const Ticket& after);

// Moves it to the status; stops or starts its watch, and notes its response and its end.
void set_status(Ticket& ticket, Status status, WallTime now);
// Somebody who is not its requester did something: that is the response.
void note_response(Ticket& ticket, WallTime now);

// malformed or too_large.
Result<void> check_comment(std::string_view text);
Result<void> check_name(std::string_view field, std::string_view name);

// For texts of others than people: as many whole letters as fit, and in one line.
std::string as_title(std::string_view text);
// As many whole letters as fit into so many bytes.
std::string shortened(std::string_view text, size_t bytes_max);

}  // namespace vigie::controller::tickets
