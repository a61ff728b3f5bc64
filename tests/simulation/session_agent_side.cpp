// The agent around its session, with a toy outbox.
#include "tests/simulation/session_simulation.hpp"

namespace vigie::simulation {

using namespace protocol;

namespace {

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

}  // namespace

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

}  // namespace vigie::simulation
