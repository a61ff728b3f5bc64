// Answers ZAP requests one by one. A request that is not well-formed CURVE gets 400 like an unknown key.
#include "protocol/transport/zap.hpp"

#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <unordered_map>

#include "protocol/transport/socket_options.hpp"
#include "shared/log/log.hpp"
#include "shared/os/fd.hpp"

namespace vigie::protocol {
namespace {
constexpr const char* zap_endpoint = "inproc://zeromq.zap.01";
// version, request id, domain, address, routing id, mechanism, key
constexpr size_t request_frames = 7;
constexpr int request_queue_max = 4'096;  // as the ROUTER's backlog
// Keys counted in one minute; beyond it only the limit for all applies.
constexpr size_t counted_keys_max = 65'536;
// An agent whose key is refused tries again every few minutes for ever; people need not be told each time.
constexpr nanoseconds former_key_told_every = std::chrono::hours{1};

struct Verdict {
    const char* status;
    const char* text;
    std::string user_id;
    std::string key;  // of who is let in
};

class Limiter {
  public:
    Limiter(const Clock& clock, ZapLimits limits) : clock_(clock), limits_(limits) {}

    bool is_over(const std::string& key) {
        const auto now = clock_.mono();
        if (now - second_began_ >= 1s) {
            second_began_ = now;
            this_second_ = 0;
        }
        if (now - minute_began_ >= 60s) {
            minute_began_ = now;
            by_key_.clear();
        }
        if (++this_second_ > limits_.handshakes_per_second_max) {
            return true;
        }
        if (by_key_.size() >= counted_keys_max && !by_key_.contains(key)) {
            return false;
        }
        return ++by_key_[key] > limits_.handshakes_per_key_per_minute_max;
    }

  private:
    const Clock& clock_;
    ZapLimits limits_;
    MonoTime second_began_{};
    MonoTime minute_began_{};
    int this_second_ = 0;
    std::unordered_map<std::string, int> by_key_;
};

// All frames of the message that waits on the socket. Empty when none waits.
std::vector<std::string> receive_frames(void* socket) {
    std::vector<std::string> frames;
    bool has_more = true;
    while (has_more) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        const bool got = uninterrupted([&] { return zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT); }) >= 0;
        if (got && frames.size() <= request_frames) {
            frames.push_back(bytes_of(frame));
        }
        has_more = got && zmq_msg_more(&frame) != 0;
        zmq_msg_close(&frame);
    }
    return frames;
}

// As RFC 27 has it: a byte of length and the name, four bytes of length and the value.
void add_property(std::string& metadata, std::string_view name, std::string_view value) {
    metadata.append(1, static_cast<char>(name.size())).append(name);
    metadata.append(3, '\0').append(1, static_cast<char>(value.size())).append(value);
}

std::string metadata_of(const Verdict& verdict, uint64_t handshake) {
    std::string metadata;
    if (!verdict.key.empty()) {
        add_property(metadata, key_property, verdict.key);
        add_property(metadata, handshake_property, std::to_string(handshake));
    }
    return metadata;
}

void reply(void* socket, const std::string& request_id, const Verdict& verdict, uint64_t handshake) {
    const auto metadata = metadata_of(verdict, handshake);
    const std::array<std::string_view, 6> frames{"1.0",        request_id,      verdict.status,
                                                 verdict.text, verdict.user_id, metadata};
    for (size_t i = 0; i < frames.size(); ++i) {
        const int flags = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
        uninterrupted([&] { return zmq_send(socket, frames[i].data(), frames[i].size(), flags); });
    }
}
}  // namespace

struct ZapThread::State {
    State(const KeyTable& table, const Clock& time, ZapLimits limits, std::string domain, FormerKey told)
        : keys(table),
          keys_domain(std::move(domain)),
          clock(time),
          limiter(time, limits),
          former_key(std::move(told)) {}

    const KeyTable& keys;
    const std::string keys_domain;
    const Clock& clock;
    log::Throttle refusals{.lines_max = 10, .period = 60s};  // anybody may knock: they must not fill the disk
    Limiter limiter;
    const FormerKey former_key;
    std::unordered_map<std::string, MonoTime> former_keys_told;
    uint64_t last_handshake = 0;
    SocketOwner socket;
    Fd stop;
    std::atomic<uint64_t> accepted{0};
    std::atomic<uint64_t> refused{0};
    std::atomic<uint64_t> overloaded{0};
    std::atomic<MonoTime> last_refused_at{MonoTime::min()};
    std::thread thread;

    Verdict judge(const std::vector<std::string>& request) {
        if (request.size() != request_frames || request[0] != "1.0" || request[5] != "CURVE" ||
            request[6].size() != 32) {
            return {"400", "CURVE is required", "", ""};
        }
        std::array<char, key_text_size + 1> key{};
        zmq_z85_encode(key.data(), reinterpret_cast<const uint8_t*>(request[6].data()), 32);
        const auto& domain = request[2];
        if (domain == enrolment_domain) {
            return limiter.is_over(key.data()) ? Verdict{"300", "try again later", "", ""}
                                               : Verdict{"200", "OK", key.data(), key.data()};
        }
        const auto agent = domain == keys_domain ? keys.find(key.data()) : std::nullopt;
        if (!agent) {
            note_former(key.data(), plain_address(request[3]));
            if (const auto left_out = refusals.admit(clock.mono())) {
                log::warning("refused a connection from {} with the unknown key {}{}", plain_address(request[3]),
                             key.data(), log::and_more(*left_out));
            }
            return {"400", "unknown key", "", ""};
        }
        if (limiter.is_over(key.data())) {
            return {"300", "try again later", "", ""};
        }
        return {"200", "OK", agent->value, key.data()};
    }

    // libzmq asks once the handshake has proven that the peer holds the key's secret.
    void note_former(const std::string& key, const std::string& address) {
        const auto agent = former_key ? keys.former(key) : std::nullopt;
        if (!agent) {
            return;
        }
        const auto now = clock.mono();
        std::erase_if(former_keys_told, [&](const auto& one) { return now - one.second >= former_key_told_every; });
        if (former_keys_told.emplace(key, now).second) {
            former_key(*agent, key, address);
        }
    }

    void count(const Verdict& verdict) {
        const std::string_view status = verdict.status;
        (status == "200" ? accepted : status == "300" ? overloaded : refused).fetch_add(1);
        if (status == "400") {
            last_refused_at = clock.mono();
        }
    }

    void run() {
        std::array<zmq_pollitem_t, 2> items{{{socket.get(), 0, ZMQ_POLLIN, 0}, {nullptr, stop.get(), ZMQ_POLLIN, 0}}};
        while (zmq_poll(items.data(), items.size(), -1) >= 0 || zmq_errno() == EINTR) {
            if (items[1].revents != 0) {
                return;
            }
            // Every request is answered, also one without an id: a REP socket takes no other before.
            const auto request = receive_frames(socket.get());
            if (!request.empty()) {
                const auto verdict = judge(request);
                count(verdict);
                reply(socket.get(), request.size() > 1 ? request[1] : std::string(), verdict, ++last_handshake);
            }
        }
    }
};

ZapThread::ZapThread(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<ZapThread>> ZapThread::open(const Context& context, const KeyTable& keys, const Clock& clock,
                                                   ZapLimits limits, std::string domain, FormerKey former_key) {
    auto state = std::make_unique<State>(keys, clock, limits, std::move(domain), std::move(former_key));
    VIGIE_TRY(state->socket, open_socket(context, ZMQ_REP, "ZAP handler"));
    set_limits(state->socket.get(), 64_KiB, request_queue_max);
    if (uninterrupted([&] { return zmq_bind(state->socket.get(), zap_endpoint); }) != 0) {
        return fail(zmq_error("ZAP handler"));
    }
    state->stop = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!state->stop) {
        return fail(errno_error(errno, "ZAP handler"));
    }
    state->thread = std::thread([raw = state.get()] { raw->run(); });
    return std::unique_ptr<ZapThread>(new ZapThread(std::move(state)));
}

ZapThread::~ZapThread() {
    const uint64_t one = 1;
    [[maybe_unused]] const auto wrote = write(state_->stop.get(), &one, sizeof one);
    state_->thread.join();
}

ZapThread::Counts ZapThread::counts() const {
    const MonoTime last = state_->last_refused_at;
    return {.accepted = state_->accepted,
            .refused = state_->refused,
            .overloaded = state_->overloaded,
            .last_refused_at = last == MonoTime::min() ? std::nullopt : std::optional(last)};
}

}  // namespace vigie::protocol
