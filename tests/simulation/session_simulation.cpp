#include "tests/simulation/session_simulation.hpp"

namespace vigie::simulation {

using namespace protocol;

namespace {

constexpr MonoTime calm_at{120s};
// Three heartbeats of silence, the longest back-off and a few repetitions fit in it many times.
constexpr MonoTime end_at{240s};
constexpr size_t unacked_max = 60;  // then the oldest make way, of metrics and logs
constexpr size_t rewind_window = 20;

AgentSessionSettings agent_settings() {
    AgentSessionSettings settings;
    settings.backoff_max = 5s;
    settings.welcome_timeout = 4s;
    settings.ack_timeout = 4s;
    settings.chunk_bytes_max = 2000;
    settings.chunk_entries_max = 7;
    settings.heartbeat_interval_ms = 2000;
    return settings;
}

ControllerSessionSettings controller_settings() {
    ControllerSessionSettings settings;
    settings.heartbeat_interval = 2s;
    settings.batch_bytes_max = 1000;
    settings.credit_bytes_first = 3000;
    settings.window_bytes_max = 5000;
    settings.window_entries_max = 12;
    settings.go_back_repeat = 2s;
    settings.superseded_retry = 2s;
    return settings;
}

std::string name_of(const StoreKey& key) {
    return fmt::format("stream {} incarnation {:x}", static_cast<int>(key.first), key.second);
}

}  // namespace

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

// ---- the agent ----

StreamState SessionSimulation::state_of(Stream stream) const {
    const auto& of = outbox_[static_cast<size_t>(stream)];
    return StreamState{.stream = stream, .incarnation = of.incarnation, .oldest_seq = of.oldest, .next_seq = of.next};
}

void SessionSimulation::start_agent() {
    ++agent_life_;
    Hello identity;
    identity.boot_id = "boot";
    agent_ = std::make_unique<AgentSession>(
        identity, std::vector{state_of(Stream::results), state_of(Stream::metrics), state_of(Stream::logs)},
        agent_settings());
    act(agent_->start(moment()));
}

void SessionSimulation::crash_agent() {
    agent_.reset();
    ++agent_life_;
    connection_ = 0;
    if (faults_.has_new_outbox && random_() % 4 == 0) {
        OutboxStream& lost = outbox_[random_() % 3];
        lost = OutboxStream{.incarnation = random_(), .entries = {}};
    }
    after(milliseconds(random_() % 3000), [this, life = agent_life_] {
        if (life == agent_life_) {
            start_agent();
        }
    });
}

void SessionSimulation::append_entry() {
    const auto stream = static_cast<Stream>(random_() % 3);
    OutboxStream& box = outbox(stream);
    const uint64_t seq = box.next++;
    std::string entry = fmt::format("{} {:x} {} {:x} ", static_cast<int>(stream), box.incarnation, seq, random_());
    entry.resize(entry.size() + random_() % 600, 'x');
    written_[{stream, box.incarnation}][seq] = entry;
    box.entries[seq] = std::move(entry);
    trim(box);
    if (agent_ != nullptr) {
        act(agent_->on_stream_changed(state_of(stream), moment()));
    }
}

void SessionSimulation::trim(OutboxStream& box) {
    const bool is_results = &box == &outbox_[0];
    const auto& key = StoreKey{static_cast<Stream>(&box - outbox_.data()), box.incarnation};
    while (!box.entries.empty()) {
        const bool is_acked = box.oldest <= box.acked;
        const size_t unacked = box.next - 1 - std::min(box.acked, box.next - 1);
        const bool is_stale = is_acked && box.acked - box.oldest >= rewind_window;
        const bool is_full = !is_acked && !is_results && unacked > 0 && box.entries.size() > unacked_max;
        if (!is_stale && !is_full) {
            return;
        }
        dropped_[key].insert(box.oldest);
        box.entries.erase(box.oldest++);
    }
}

void SessionSimulation::act(AgentActions actions) {
    for (const auto& action : actions) {
        std::visit([this](const auto& each) { do_action(each); }, action);
    }
}

void SessionSimulation::do_action(const SendMessage& action) {
    deliver([this, message = action.message, from = std::to_string(connection_)] {
        if (controller_ != nullptr) {
            act(controller_->on_message(from, message, moment()));
            act(controller_->take_acks(moment()));
        }
    });
}

void SessionSimulation::do_action(const SendEntries& action) {
    const OutboxStream& box = outbox(action.header.stream);
    std::vector<uint32_t> sizes;
    uint64_t bytes = 0;
    const bool is_full = chance(faults_.socket_full);
    for (uint64_t seq = action.from_seq; seq < box.next && sizes.size() < action.entries_max; ++seq) {
        const auto found_entry = box.entries.find(seq);
        if (found_entry == box.entries.end() || bytes + found_entry->second.size() > action.bytes_max ||
            (is_full && random_() % 2 == 0)) {
            break;
        }
        bytes += found_entry->second.size();
        sizes.push_back(static_cast<uint32_t>(found_entry->second.size()));
        Header header = action.header;
        header.seq = seq;
        deliver([this, header, entry = found_entry->second, from = std::to_string(connection_)] {
            if (controller_ != nullptr) {
                act(controller_->on_batch(from, header, entry, moment()));
                act(controller_->take_acks(moment()));
            }
        });
    }
    // The report may come later, as from a thread that reads the outbox.
    after(milliseconds(random_() % 20), [this, action, sizes, life = agent_life_, connection = connection_] {
        if (life == agent_life_ && connection == connection_) {
            act(agent_->on_stream_changed(state_of(action.header.stream), moment()));
            act(agent_->on_entries_sent(action.header.stream, action.from_seq, sizes, moment()));
        }
    });
}

void SessionSimulation::do_action(const MarkAcked& action) {
    OutboxStream& box = outbox(action.stream);
    if (action.incarnation != box.incarnation || action.seq >= box.next) {
        return found("acked what the outbox never numbered");
    }
    if (action.seq < box.acked && !was_restored_) {
        return found("an ack went back without a restoration");
    }
    const auto durable = store_.find({action.stream, action.incarnation});
    if (durable == store_.end() || durable->second.cursor < action.seq) {
        if (!was_restored_) {  // an ack from before the restoration may still be on its way
            return found(fmt::format("acked {}, which is not durable", action.seq));
        }
    }
    box.acked = action.seq;
    trim(box);
    after(0ms, [this, stream = action.stream, life = agent_life_] {
        if (life == agent_life_) {
            act(agent_->on_stream_changed(state_of(stream), moment()));
        }
    });
}

void SessionSimulation::do_action(const RenewIncarnation&) {
    found("renewal, but no outbox was ever restored");
}

void SessionSimulation::do_action(const Reopen& action) {
    connection_ = 0;
    if (action.delay > 90s) {
        found(fmt::format("reopens only after {} ms", action.delay.count()));
    }
    after(action.delay, [this, life = agent_life_] {
        if (life == agent_life_) {
            connection_ = random_() | 1;
            act(agent_->on_connected(moment()));
        }
    });
}

// ---- the controller ----

void SessionSimulation::start_controller() {
    ++controller_life_;
    std::vector<StreamCursor> cursors;
    for (const auto& [key, applied] : store_) {
        cursors.push_back(StreamCursor{.stream = key.first, .incarnation = key.second, .last_applied = applied.cursor});
    }
    controller_ = std::make_unique<ControllerSession>(AgentId{"web-1"}, cursors, controller_settings());
}

void SessionSimulation::crash_controller() {
    controller_.reset();
    ++controller_life_;
    // The crash may hit between the sync and its report: a prefix of the queue is durable all the same.
    for (size_t i = 0, count = random_() % (queue_.size() + 1); i < count; ++i) {
        write(queue_[i]);
    }
    queue_.clear();
    if (faults_.has_restoration && random_() % 3 == 0) {
        store_ = checkpoint_;
        was_restored_ = true;
    }
    after(milliseconds(random_() % 3000), [this, life = controller_life_] {
        if (life == controller_life_) {
            start_controller();
        }
    });
}

void SessionSimulation::act(ControllerActions actions) {
    for (const auto& action : actions) {
        std::visit([this](const auto& each) { do_action(each); }, action);
    }
}

void SessionSimulation::do_action(const SendTo& action) {
    deliver([this, message = action.message, to = action.connection] {
        if (agent_ != nullptr && connection_ != 0 && to == std::to_string(connection_)) {
            act(agent_->on_message(message, moment()));
        }
    });
}

void SessionSimulation::do_action(const Apply& action) {
    queue_commit(Commit{{action.stream, action.incarnation}, action.seq, action.seq, action.entry_bytes, false});
}

void SessionSimulation::do_action(const ApplyGap& action) {
    queue_commit(Commit{{action.stream, action.incarnation}, action.first_seq, action.last_seq, "", true});
}

// One agent that reconnects is no clone.
void SessionSimulation::do_action(const SessionSuperseded& action) {
    if (action.is_clone_suspected && faults_.loss == 0 && faults_.repetition == 0) {
        found("a clone is suspected where there is none");
    }
}

void SessionSimulation::queue_commit(Commit entry) {
    queue_.push_back(std::move(entry));
    if (queue_.size() == 1) {
        after(milliseconds(1 + random_() % 50), [this, life = controller_life_] {
            if (life == controller_life_) {
                commit();
            }
        });
    }
}

void SessionSimulation::commit() {
    if (chance(faults_.commit_failure)) {
        return fail_commit(queue_.front().key);
    }
    const auto group = std::exchange(queue_, {});
    for (const auto& each : group) {
        write(each);
    }
    for (const auto& each : group) {
        controller_->on_durable(each.key.first, each.key.second, each.last);
    }
    act(controller_->take_acks(moment()));
}

void SessionSimulation::fail_commit(StoreKey key) {
    std::erase_if(queue_, [&key](const Commit& each) { return each.key == key; });
    act(controller_->on_apply_failed(key.first, key.second, moment()));
    if (!queue_.empty()) {
        commit();
    }
}

void SessionSimulation::write(const Commit& entry) {
    Applied& applied = store_[entry.key];
    if (entry.first != applied.cursor + 1 || entry.last < entry.first) {
        return found(
            fmt::format("{}: {}..{} applied behind {}", name_of(entry.key), entry.first, entry.last, applied.cursor));
    }
    applied.cursor = entry.last;
    if (!entry.is_gap) {
        applied.entries[entry.first] = entry.entry;
    }
    for (uint64_t seq = entry.first; entry.is_gap && seq <= entry.last; ++seq) {
        applied.missing.insert(seq);
    }
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
