// A bounded number of questions at once; a connection that fails is made again after a pause.
#include "tests/bench/link/enroller.hpp"

#include "protocol/codec/codec.hpp"

namespace vigie::load {
namespace {
// Below what the enrolment port takes at once, so that two load processes are not told to wait.
constexpr size_t open_questions_max = 100;
constexpr milliseconds pause_between_attempts = 500ms;
}  // namespace

Enroller::Enroller(World& world, std::string endpoint, std::vector<EnrolWish>& wishes, LoadAgent::Watch watch)
    : world_(world), endpoint_(std::move(endpoint)), wishes_(wishes), watch_(std::move(watch)) {}

Result<void> Enroller::go_on() {
    while (open_.size() < open_questions_max && next_ < wishes_.size()) {
        open_.push_back({.wish = &wishes_[next_++]});
    }
    for (auto& question : open_) {
        VIGIE_CHECK(go_on(question));
    }
    std::erase_if(open_, [](const Question& question) { return question.wish == nullptr; });
    return {};
}

Result<void> Enroller::go_on(Question& question) {
    if (!question.socket) {
        if (world_.clock.mono() < question.again_at) {
            return {};
        }
        VIGIE_TRY(question.socket, protocol::AgentSocket::open(
                                       world_.context, {.endpoint = endpoint_, .server_key = world_.controller_key},
                                       question.wish->keys));
        question.is_asked = false;
        watch_(*question.socket);
    }
    while (const auto event = question.socket->next_event()) {
        if (event->kind == protocol::SocketEvent::Kind::connected && !question.is_asked) {
            const auto& wish = *question.wish;
            const auto frames = protocol::encode_frames(
                {.header = {},
                 .body = protocol::Enrol{.token = wish.token, .host = wish.name, .public_key = wish.keys.public_key}});
            question.is_asked = question.socket->send(frames.header, frames.body);
        } else if (event->kind != protocol::SocketEvent::Kind::connected) {
            question.socket.reset();
            question.again_at = world_.clock.mono() + pause_between_attempts;
            return {};
        }
    }
    VIGIE_TRY(const bool is_enrolled, take_answer(question));
    if (is_enrolled) {
        ++enrolled_;
        question.socket.reset();
        question.wish = nullptr;
    }
    return {};
}

Result<bool> Enroller::take_answer(Question& question) {
    const auto frames = question.socket->receive();
    if (!frames) {
        return false;
    }
    VIGIE_TRY(const auto message, protocol::decode_frames(frames->header, frames->body));
    const auto* answer = std::get_if<protocol::Enrolled>(&message.body);
    if (answer == nullptr || !answer->is_accepted) {
        return fail(ErrorCode::denied, "enrolment of {}: {}", question.wish->name,
                    answer == nullptr ? "no answer to ENROL" : answer->message);
    }
    return true;
}

}  // namespace vigie::load
