// The world of both sessions, and what must hold in it.
#include "tests/simulation/session_simulation.hpp"

namespace vigie::simulation {

using namespace protocol;

namespace {

constexpr MonoTime calm_at{120s};
// Three heartbeats of silence, the longest back-off and a few repetitions fit in it many times.
constexpr MonoTime end_at{240s};

}  // namespace

std::string name_of(const StoreKey& key) {
    return fmt::format("stream {} incarnation {:x}", static_cast<int>(key.first), key.second);
}

SessionSimulation::SessionSimulation(uint64_t seed, Faults faults) : random_(seed), faults_(faults) {
    for (auto& stream : outbox_) {
        stream.incarnation = random_();
    }
}

std::string SessionSimulation::run() {
    start_controller();
    start_agent();
    after(1s, [this] { each_second(); });
    while (problem_.empty() && !events_.empty() && now_ < end_at) {
        const auto next = events_.begin();
        now_ = next->first;
        const auto event = std::move(next->second);
        events_.erase(next);
        event();
    }
    if (problem_.empty()) {
        check_end();
    }
    return problem_;
}

bool SessionSimulation::is_faulty() const {
    return now_ < calm_at;
}

void SessionSimulation::found(std::string problem) {
    if (problem_.empty()) {
        const auto at = std::chrono::duration_cast<milliseconds>(now_.time_since_epoch()).count();
        problem_ = fmt::format("at {} ms: {}", at, problem);
    }
}

void SessionSimulation::after(milliseconds delay, std::function<void()> event) {
    events_.emplace(now_ + delay, std::move(event));
}

Moment SessionSimulation::moment() {
    const auto ms = std::chrono::duration_cast<milliseconds>(now_.time_since_epoch());
    return Moment{.mono = now_, .wall = WallTime{ms}, .random = random_()};
}

void SessionSimulation::each_second() {
    if (chance(faults_.agent_crash)) {
        crash_agent();
    }
    if (chance(faults_.controller_crash)) {
        crash_controller();
    }
    if (is_faulty() && random_() % 20 == 0) {
        checkpoint_ = store_;
    }
    for (uint64_t count = is_faulty() ? random_() % 12 : 0; count > 0; --count) {
        append_entry();
    }
    if (agent_ != nullptr) {
        act(agent_->on_tick(moment()));
    }
    if (controller_ != nullptr) {
        if (random_() % 4 == 0) {
            controller_->grant(static_cast<Stream>(random_() % 3), is_faulty() ? 1000 * (random_() % 4) : 3000);
        }
        act(controller_->on_tick(moment()));
    }
    if (!is_faulty() && controller_ != nullptr) {
        for (const Stream stream : {Stream::results, Stream::metrics, Stream::logs}) {
            controller_->grant(stream, 3000);
        }
    }
    after(1s, [this] { each_second(); });
}

// The network, for either direction.
void SessionSimulation::deliver(std::function<void()> event) {
    if (chance(faults_.loss)) {
        return;
    }
    const auto delay = [this] { return milliseconds(1 + static_cast<int64_t>(random_() % faults_.delay_ms_max)); };
    if (chance(faults_.repetition)) {
        after(delay(), event);
    }
    after(is_faulty() ? delay() : 5ms, std::move(event));
}

// ---- what must hold ----

uint64_t SessionSimulation::applied_count() const {
    uint64_t count = 0;
    for (const auto& [key, applied] : store_) {
        count += applied.entries.size();
    }
    return count;
}

void SessionSimulation::check_end() {
    for (const auto& [key, applied] : store_) {
        check_applied(key, applied);
    }
    for (size_t i = 0; i < outbox_.size(); ++i) {
        const StoreKey key{static_cast<Stream>(i), outbox_[i].incarnation};
        if (outbox_[i].acked + 1 != outbox_[i].next) {
            found(fmt::format("{}: acked {} of {}", name_of(key), outbox_[i].acked, outbox_[i].next - 1));
        }
        if (store_[key].cursor != outbox_[i].acked) {
            found(fmt::format("{}: acked {}, durable {}", name_of(key), outbox_[i].acked, store_[key].cursor));
        }
    }
}

// Applied are the numbers from 1 to the cursor without a hole, each with what was written under it, or named as missing
// and then truly gone from the outbox.
void SessionSimulation::check_applied(const StoreKey& key, const Applied& applied) {
    const auto& written = written_[key];
    for (uint64_t seq = 1; seq <= applied.cursor; ++seq) {
        const auto entry = applied.entries.find(seq);
        if (entry == applied.entries.end()) {
            if (applied.missing.count(seq) == 0) {
                found(fmt::format("{}: {} is neither applied nor missing", name_of(key), seq));
            } else if (dropped_[key].count(seq) == 0) {
                found(fmt::format("{}: {} was called missing, but the outbox had it", name_of(key), seq));
            }
        } else if (written.at(seq) != entry->second) {
            found(fmt::format("{}: {} holds another entry", name_of(key), seq));
        }
    }
}

}  // namespace vigie::simulation
