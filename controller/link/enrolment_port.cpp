// A question is decided inside the commit that stores its outcome, so two agents cannot use one token.
#include "controller/link/enrolment_port.hpp"

#include <span>

#include "protocol/codec/codec.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
constexpr int drained_at_once_max = 64;  // then the main port gets its turn
// Questions with the committer at once. Whoever knows the controller's public key may ask, and must not fill the queue
// that the hosts' entries go through.
constexpr size_t open_questions_max = 256;
}  // namespace

struct EnrolmentPort::Question {
    std::string routing_id;
    std::string address;
    EnrolmentRequest request;
    protocol::Enrolled answer;
    bool is_store_failing = false;  // the refusal is not the host's fault
};

Result<protocol::Enrolled> EnrolmentPort::decide_and_note(const Enrolment& enrolment, const EnrolmentNote& note,
                                                          const Question& question, WallTime now, StoreBatch& batch) {
    const auto before = batch.changes().size();
    auto decided = enrolment.decide(question.request, now, batch);
    // A host that asks again is accepted again, and no token was used: as often as it likes.
    const auto added = std::span(batch.changes()).subspan(before);
    const bool is_repeated =
        decided && decided->is_accepted &&
        std::none_of(added.begin(), added.end(), [](const auto& change) { return change.family == Family::tokens; });
    if (decided && note && !is_repeated) {
        if (auto noted = note(question.request, question.address, *decided, batch); !noted) {
            batch.truncate(before);
            return fail(std::move(noted.error()));
        }
    }
    return decided;
}

EnrolmentPort::EnrolmentPort(protocol::RouterSocket& socket, const StateStore& store, std::string endpoint,
                             CommitQueue& commits, std::shared_ptr<Mailbox> mailbox, const Clock& clock,
                             std::function<void(const AgentId&, const std::string& key)> accepted, EnrolmentNote note)
    : socket_(socket),
      enrolment_(std::make_shared<const Enrolment>(store, std::move(endpoint))),
      note_(std::make_shared<const EnrolmentNote>(std::move(note))),
      mailbox_(std::move(mailbox)),
      commits_(commits),
      clock_(clock),
      accepted_(std::move(accepted)) {}

void EnrolmentPort::drain() {
    for (int i = 0; i < drained_at_once_max; ++i) {
        auto received = socket_.receive();
        if (!received) {
            return;
        }
        on_received(std::move(*received));
    }
}

void EnrolmentPort::on_received(protocol::Received&& received) {
    auto message = protocol::decode_frames(received.frames.header, received.frames.body);
    if (!message || !std::holds_alternative<protocol::Enrol>(message->body)) {
        log::warning("enrolment: dropped a message from {} that is no ENROL", received.peer_address);
        cut(received.connection);
        return;
    }
    if (wrong_tokens_.is_blocked(received.peer_address, clock_.mono()) || open_questions_ >= open_questions_max) {
        protocol::Enrolled busy;
        busy.message = open_questions_ >= open_questions_max
                           ? "too many hosts enrol at once; wait a minute"
                           : "too many refused attempts from this address; wait a minute";
        answer(received.routing_id, busy);
        return;
    }
    ++open_questions_;
    const auto question = std::make_shared<Question>();
    question->routing_id = std::move(received.routing_id);
    question->address = std::move(received.peer_address);
    question->request = {.enrol = std::get<protocol::Enrol>(std::move(message->body)),
                         .connection_key = std::move(received.user_id)};
    commits_.submit(
        [question, enrolment = enrolment_, note = note_, now = clock_.wall()](StoreBatch& batch) {
            auto decided = decide_and_note(*enrolment, *note, *question, now, batch);
            question->answer = decided ? std::move(*decided) : protocol::Enrolled{};
            if (!decided) {
                log::error("enrolment of {}: {}", question->request.enrol.host, decided.error().message);
                question->answer.message = "the controller cannot read its store; try again later";
                question->is_store_failing = true;
            }
        },
        [this, question, mailbox = mailbox_](const Result<void>& stored) {
            if (!stored) {
                question->answer = {};
                question->answer.message = "the controller cannot store it now; try again later";
                question->is_store_failing = true;
            }
            mailbox->post([this, question] { on_decided(*question); });
        });
}

void EnrolmentPort::on_decided(const Question& question) {
    --open_questions_;
    const auto& wanted = question.request.enrol;
    if (question.answer.is_accepted) {
        log::info("enrolled {} from {}", wanted.host, question.address);
        accepted_(AgentId{question.answer.agent_id}, wanted.public_key);
    } else if (!question.is_store_failing) {
        ++refused_;
        wrong_tokens_.note(question.address, clock_.mono());
        log::warning("refused to enrol a host from {}: {}", question.address, question.answer.message);
    }
    answer(question.routing_id, question.answer);
}

void EnrolmentPort::answer(const std::string& routing_id, const protocol::Enrolled& enrolled) {
    protocol::Message message;
    message.header.version = protocol::version_of_enrolment;
    message.body = enrolled;
    const auto frames = protocol::encode_frames(message);
    // A connection that is gone or full asks again by itself.
    socket_.send(routing_id, frames.header, frames.body);
}

}  // namespace vigie::controller
