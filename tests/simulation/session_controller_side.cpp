// The controller around its session, with a toy store.
#include "tests/simulation/session_simulation.hpp"

namespace vigie::simulation {

using namespace protocol;

namespace {

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

}  // namespace

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

}  // namespace vigie::simulation
