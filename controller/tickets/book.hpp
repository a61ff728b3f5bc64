// All tickets, changed step by step. Memory holds those that somebody still has to do something about, and which ticket
// is the newest of an alert; it is ahead of the store only between a step and its commit.
// Confined to the committer's thread: call it in prepare, and on_commit_failed() in a done() that got an error. After
// an error nothing was added to the batch.
#pragma once
#include <unordered_map>

#include "controller/tickets/rows.hpp"
#include "controller/tickets/telling.hpp"

namespace vigie::controller::tickets {

// Who writes what the controller does by itself, and what another tracker posts. No operator's key is called so.
constexpr const char* controller_author = "controller";
constexpr const char* tracker_author = "the tracker";
// Each second all of them are looked at, and all stand in memory.
constexpr size_t unresolved_max = 20'000;

// What a step did.
struct Step {
    Ticket ticket;     // as it is now
    std::string what;  // "created", "changed", "commented", "reopened", "escalated"; "known": nothing
    std::vector<FieldChange> fields{};
    std::optional<Comment> comment{};
    size_t notices = 0;  // when not 0: wake the notifier after the commit
};

// How a ticket is elsewhere.
struct Synced {
    std::string reference;  // what it is called there
    uint64_t number = 0;    // and here, when that is known there; 0: it is not
    uint64_t version = 0;   // that was seen there; 0: what is newer here is not asked for
    Edit edit{};
    std::string comment{};  // "" for none
    std::string comment_reference{};
    std::string comment_author{};  // "": whoever posts it
};

// An alert began to fire, or is over.
struct AlertTurn {
    std::string alert;        // its id
    uint64_t transition = 0;  // the number of this turn among those of the alert
    WallTime at{};            // when, by the samples
    bool is_over = false;
    std::string cause;  // for people: why it turned
    std::string name;   // alertname
    std::string host;   // "" for several
    Labels labels;
    Labels annotations;
};

class TicketBook {
  public:
    // Keeps the reference.
    TicketBook(const StateStore& store, Options options) : store_(store), options_(std::move(options)) {}

    const Options& options() const { return options_; }  // any thread
    // Reads the store, forgetting what memory holds. At start; later it happens by itself.
    Result<void> load();
    void on_commit_failed() { is_loaded_ = false; }

    // ---- what people ask for; `author` is their name ----
    // conflict when it is about an alert that has a ticket which is not resolved. A reference that a ticket has already
    // gives that ticket, and changes nothing: who did not hear the answer asks again.
    Result<Step> create(const Edit& wish, const std::string& author, WallTime now, StoreBatch& batch);
    // conflict when the ticket is not at `version`: the sentence tells what became of it; when it is so already, unless
    // that is all that was asked for its status ("known"); or when it is to be about an alert that has another ticket.
    // `note`: a comment with it; "" for none.
    Result<Step> update(uint64_t number, uint64_t version, const Edit& edit, const std::string& note,
                        const std::string& author, WallTime now, StoreBatch& batch);
    // `reference`: as of create(); "" for none.
    Result<Step> comment(uint64_t number, const std::string& text, const std::string& author, WallTime now,
                         StoreBatch& batch, const std::string& reference = "");
    // Makes the ticket with the reference as it is elsewhere; a new one where there is none.
    Result<Step> sync(const Synced& wish, const std::string& author, WallTime now, StoreBatch& batch);

    // ---- what the controller does by itself ----
    // Whether on_alert() has anything to do.
    Result<bool> is_concerned(const AlertTurn& turn);
    // An alert has one ticket that is not resolved: a turn that is known already, and a fire without matchers for it,
    // change nothing.
    Result<std::vector<Step>> on_alert(const AlertTurn& turn, WallTime now, StoreBatch& batch);
    // For one more ticket that is not resolved.
    bool has_room() const { return unresolved_.size() < unresolved_max; }
    // The wall clock was set by so much: time that counts goes on as if it had not been.
    Result<void> on_clock_set(milliseconds by, StoreBatch& batch);
    Result<bool> is_escalation_due(WallTime now);
    // Of some: while others are left it is due again.
    Result<std::vector<Step>> escalate(WallTime now, StoreBatch& batch);
    // Erases what was resolved or closed for kept_for. Now and then; looks at `looked_max` of the old ones, and the
    // next time at those behind them.
    Result<size_t> prune(WallTime now, StoreBatch& batch, size_t looked_max = 1'000);

  private:
    Result<void> ensure_loaded();
    Result<Ticket> find(uint64_t number, const StoreBatch& batch) const;
    Result<void> check_room() const;
    Result<void> check_room_for_comment(const Ticket& ticket, const std::string& text) const;
    Result<std::optional<uint64_t>> number_of(const std::string& reference, const StoreBatch& batch) const;
    Result<void> check_reference(const Ticket& ticket, const StoreBatch& batch) const;
    Result<bool> has_comment(uint64_t number, const std::string& reference, const StoreBatch& batch) const;
    Result<void> check_room_to_open(const Ticket& before, const Ticket& after) const;
    Result<Ticket> as_there(const Ticket& before, const Synced& wish, WallTime now, const StoreBatch& batch) const;
    enum class Answering : uint8_t { no, yes };
    Result<Step> add_there(const Synced& wish, const std::string& author, WallTime now, Answering answering,
                           StoreBatch& batch);
    Result<Step> sync_new(const Synced& wish, const std::string& author, WallTime now, StoreBatch& batch);
    Result<void> refuse_version(const Ticket& ticket, uint64_t version, const StoreBatch& batch) const;
    bool is_known(const AlertTurn& turn) const;
    bool is_wanted(const Labels& labels) const;
    Result<Ticket> begin(const Edit& wish, WallTime now) const;
    Ticket ticket_for(const AlertTurn& turn, WallTime now) const;
    Result<std::optional<Ticket>> newest_of(const std::string& alert, const StoreBatch& batch) const;
    Step put_new(Ticket ticket, const std::string& author, WallTime now, StoreBatch& batch);
    Step put_changed(Ticket ticket, Step step, const std::string& author, WallTime now, StoreBatch& batch);
    Step put_turn(Ticket ticket, const AlertTurn& turn, uint64_t successor, WallTime now, StoreBatch& batch);
    Step put_escalations(Ticket ticket, const Priority& priority, std::span<const Escalation> due, WallTime now,
                         StoreBatch& batch);
    Comment put_comment(Ticket& ticket, const std::string& author, std::string text, WallTime now, StoreBatch& batch);
    void put_reference(const Ticket& before, const Ticket& after, StoreBatch& batch);
    Result<void> check_alert(const Ticket& before, const Ticket& after) const;
    void put_alert(const Ticket& before, const Ticket& after, WallTime now, StoreBatch& batch);
    void put_place(const std::string& alert, const AlertPlace& place, StoreBatch& batch);
    void forget_place(const std::string& alert, StoreBatch& batch);
    size_t tell(const Ticket& ticket, const News& news, const std::string& receiver, WallTime now, StoreBatch& batch);
    size_t tell_tracker(const Ticket& ticket, const Step& step, const std::string& author, WallTime now,
                        StoreBatch& batch);

    const StateStore& store_;
    const Options options_;
    bool is_loaded_ = false;
    uint64_t last_number_ = 0;
    milliseconds clock_shift_{0};
    uint64_t next_notice_ = 1;   // never smaller than one that was given out
    uint64_t pruned_up_to_ = 0;  // the next prune() begins behind it
    std::map<uint64_t, Ticket> unresolved_;
    std::unordered_map<std::string, AlertPlace> by_alert_;
};

}  // namespace vigie::controller::tickets
