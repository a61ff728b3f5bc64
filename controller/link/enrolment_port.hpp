// The enrolment port's messages: reads ENROL and nothing else, lets the committer's thread decide, and answers when the
// decision is durable. On the link thread.
#pragma once
#include <functional>
#include <memory>

#include "controller/link/enrolment.hpp"
#include "controller/link/mailbox.hpp"
#include "controller/store/committer.hpp"
#include "protocol/transport/router_socket.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

class EnrolmentPort {
  public:
    // `accepted(agent, key)` runs on the link thread before the agent hears of it.
    EnrolmentPort(protocol::RouterSocket& socket, const StateStore& store, std::string endpoint, CommitQueue& commits,
                  std::shared_ptr<Mailbox> mailbox, const Clock& clock,
                  std::function<void(const AgentId&, const std::string& key)> accepted, EnrolmentNote note = {});

    void drain();
    uint64_t refused() const { return refused_; }

  private:
    struct Question;
    void on_received(protocol::Received&& received);
    static Result<protocol::Enrolled> decide_and_note(const Enrolment& enrolment, const EnrolmentNote& note,
                                                      const Question& question, WallTime now, StoreBatch& batch);
    void on_decided(const Question& question);
    void answer(const std::string& routing_id, const protocol::Enrolled& enrolled);

    protocol::RouterSocket& socket_;
    // The committer may decide a question after this port is gone, so questions share what they need: the decision and
    // the mailbox. Everything else here is reached only through the mailbox, which the link thread closes first.
    std::shared_ptr<const Enrolment> enrolment_;
    std::shared_ptr<const EnrolmentNote> note_;
    std::shared_ptr<Mailbox> mailbox_;
    CommitQueue& commits_;
    const Clock& clock_;
    std::function<void(const AgentId&, const std::string&)> accepted_;
    WrongTokens wrong_tokens_;
    uint64_t refused_ = 0;
    size_t open_questions_ = 0;
};

}  // namespace vigie::controller
