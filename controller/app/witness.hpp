// What operators ask, as entries of the audit log. Questions are not written down: a `--watch` asks every two seconds,
// and what was changed would drown in it. Refused ones are, so many a minute of each user.
#pragma once
#include <map>

#include "controller/audit/record.hpp"
#include "controller/link/enrolment.hpp"
#include "controller/operator/desk.hpp"
#include "controller/store/committer.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/log/log.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

// The request without its outcome. Values whose names tell of a secret are left out, and of what is very long stand the
// beginning, its length and its hash.
AuditEntry audit_entry(const Request& request, WallTime at);
// ok with the ids of what the answer says was made; refused or failed with the error's code.
void set_outcome(AuditEntry& entry, const Result<Json>& answer);

// Somebody's wish to enrol a host, decided. `answer` says whether and why not.
AuditEntry enrolment_entry(const EnrolmentRequest& wish, const std::string& address, const protocol::Enrolled& answer,
                           WallTime at);

// So that nobody can fill the disk by being refused: of one kind so many pass in a minute, the others are counted.
class RefusalThrottle {
  public:
    // " (and N more like it)" or "" to add; nullopt: leave this one out. `kind`: whatever counts as alike, so that many
    // harmless ones hide no other.
    std::optional<std::string> admit(const std::string& kind, MonoTime now);

  private:
    std::map<std::string, log::Throttle> by_kind_;
};

class Witness final : public DeskWitness {
  public:
    // Keeps the references. `post`: to the desk's loop, from any thread.
    Witness(const StateStore& store, CommitQueue& commits, const Clock& clock,
            std::function<void(std::function<void()>)> post)
        : store_(store), commits_(commits), clock_(clock), post_(std::move(post)) {}

    void note(const Request& request, const Result<Json>& answer, std::function<void(Result<void>)> then) override;
    // What the controller did by itself, such as taking over a changed configuration. Recorded as it is.
    void note_own(const std::string& verb, const Json& arguments);

  private:
    void write(AuditEntry entry, std::function<void(Result<void>)> then);

    const StateStore& store_;
    CommitQueue& commits_;
    const Clock& clock_;
    std::function<void(std::function<void()>)> post_;
    RefusalThrottle refusals_;
};

// For LinkThreadOptions::note_enrolment; on the committer's thread.
class EnrolmentWitness {
  public:
    // Keeps the references.
    EnrolmentWitness(const StateStore& store, const Clock& clock) : store_(store), clock_(clock) {}
    // Adds the record to `batch`; of refusals so many a minute in all. Errors are the store's, and then nothing was
    // added.
    Result<void> note(const EnrolmentRequest& wish, const std::string& address, const protocol::Enrolled& answer,
                      StoreBatch& batch);

  private:
    const StateStore& store_;
    const Clock& clock_;
    RefusalThrottle refusals_;
};

}  // namespace vigie::controller
