// fuzz: vigie_protocol_codec vigie_protocol_session
// Both state machines fed with any messages: the input is read as steps of one byte for what happens, one for how much
// time passes, and for messages a length and the two frames' bytes. Session numbers and incarnations that would have to
// be guessed are put in, so that what comes after the greeting is reached.
#include <cstddef>
#include <cstdint>
#include <string>

#include "protocol/codec/codec.hpp"
#include "protocol/session/agent_session.hpp"
#include "protocol/session/controller_session.hpp"

using namespace vigie;
using namespace vigie::protocol;

namespace {

constexpr uint64_t incarnation = 5;

class Input {
  public:
    Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
    bool is_empty() const { return size_ == 0; }
    uint8_t byte() {
        if (size_ == 0) {
            return 0;
        }
        --size_;
        return *data_++;
    }
    std::string bytes() {
        std::string text;
        for (size_t count = byte(); count > 0 && size_ > 0; --count) {
            text.push_back(static_cast<char>(byte()));
        }
        return text;
    }

  private:
    const uint8_t* data_;
    size_t size_;
};

struct Both {
    AgentSession agent{Hello{}, {{Stream::results, incarnation, 1, 5}, {Stream::metrics, incarnation, 3, 900}}};
    ControllerSession controller{AgentId{"web-1"}, {{Stream::metrics, incarnation, 4, 0}}};
    Moment now{};

    void step(Input& input) {
        const uint8_t what = input.byte();
        now.mono += milliseconds(input.byte() * 20);
        now.random = now.random * 6364136223846793005u + what;
        switch (what % 12) {
            case 0:
                return do_what_it_asks(agent.on_connected(now));
            case 1:
                return do_what_it_asks(agent.on_tick(now));
            case 2:
                return do_what_it_asks(agent.on_stream_changed(
                    {Stream(what % 3), incarnation, input.byte() + 1u, input.byte() + 900u}, now));
            case 3:
                return do_what_it_asks(agent.on_disconnected(now, "fuzz"));
            case 4:
                static_cast<void>(controller.on_tick(now));
                return static_cast<void>(controller.take_acks(now));
            case 5:
                return controller.on_durable(Stream(what % 3), incarnation, input.byte());
            case 6:
                return static_cast<void>(controller.on_apply_failed(Stream(what % 3), incarnation, now));
            default:
                return hear(input, what);
        }
    }

    void hear(Input& input, uint8_t what) {
        auto header = decode_header(input.bytes());
        const auto body_bytes = input.bytes();
        if (!header) {
            return static_cast<void>(controller.on_undecodable("a", header.error(), now));
        }
        if (what >= 64) {
            header->incarnation = incarnation;
            header->session = what % 2 == 0 ? controller.session() : agent.session();
        }
        const ConnectionId from(1, static_cast<char>('a' + what % 2));
        if (header->type == MessageType::batch) {
            static_cast<void>(controller.on_batch(from, *header, body_bytes, now));
        }
        const auto body = decode_body(header->type, body_bytes);
        if (body) {
            static_cast<void>(controller.on_message(from, {*header, *body}, now));
            do_what_it_asks(agent.on_message({*header, *body}, now));
        }
    }

    // Takes at most one entry of 10 bytes of each request, as a full socket does.
    void do_what_it_asks(AgentActions actions) {
        for (int round = 0; round < 20 && !actions.empty(); ++round) {
            AgentActions next;
            for (const auto& action : actions) {
                if (const auto* send = std::get_if<SendEntries>(&action)) {
                    next = agent.on_entries_sent(send->header.stream, send->from_seq, {10}, now);
                }
            }
            actions = std::move(next);
        }
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Input input(data, size);
    Both both;
    for (int steps = 0; steps < 200 && !input.is_empty(); ++steps) {
        both.step(input);
    }
    return 0;
}
