// Entries and gaps as they come in, for each stream: what is next, what is durable, what is acknowledged.
#include <algorithm>

#include "protocol/session/controller_session.hpp"

namespace vigie::protocol {

ControllerActions ControllerSession::on_batch(const ConnectionId& from, const Header& header, std::string entry_bytes,
                                              const Moment& moment) {
    if (!is_of_session(from, header)) {
        refuse_unknown(from, header, moment);
        return take_actions();
    }
    heard_at_ = moment.mono;
    has_spoken_ = true;
    const FlowKey key{header.stream, header.incarnation};
    Flow* flow = flow_of(key);
    if (flow == nullptr || flow->is_set_back) {
        return take_actions();  // an incarnation that HELLO did not name, or that the agent is to give up
    }
    flow->is_grant_unused = false;
    if (is_next(*flow, key, header.seq, header.seq, entry_bytes.size(), moment)) {
        accept(*flow, key, header.seq, entry_bytes.size());
        actions_.push_back(Apply{agent_, key.first, key.second, header.seq, std::move(entry_bytes)});
    }
    return take_actions();
}

void ControllerSession::on_gap(const Header& header, const Gap& gap, const Moment& moment) {
    const FlowKey key{header.stream, header.incarnation};
    Flow* flow = flow_of(key);
    if (flow == nullptr || flow->is_set_back || gap.last_missing_seq < header.seq) {
        return;
    }
    if (is_next(*flow, key, header.seq, gap.last_missing_seq, 0, moment)) {
        const uint64_t first = flow->accepted + 1;
        accept(*flow, key, gap.last_missing_seq, 0);
        actions_.push_back(ApplyGap{agent_, key.first, key.second, first, gap.last_missing_seq, gap.reason});
    }
}

bool ControllerSession::is_next(Flow& flow, const FlowKey& key, uint64_t first, uint64_t last, uint64_t bytes,
                                const Moment& moment) {
    if (last <= flow.accepted) {
        flow.is_ack_due = true;
        return false;
    }
    if (first > flow.accepted + 1) {
        go_back(flow, key, moment);
        return false;
    }
    if (flow.pending_bytes + bytes > settings_.window_bytes_max ||
        flow.pending.size() >= settings_.window_entries_max) {
        flow.has_dropped = true;
        return false;
    }
    return last <= seq_max;
}

void ControllerSession::accept(Flow& flow, const FlowKey& key, uint64_t last, uint64_t bytes) {
    flow.accepted = last;
    flow.pending[last] = {bytes, generation_of(generations_, key.first, key.second, last)};
    flow.pending_bytes += bytes;
    flow.went_back_at.reset();
    flow.has_failed = false;
}

void ControllerSession::on_durable(Stream stream, uint64_t incarnation, uint64_t seq) {
    const auto found = flows_.find({stream, incarnation});
    if (found == flows_.end()) {
        return;
    }
    Flow& flow = found->second;
    if (seq > flow.durable) {
        flow.durable = seq;
        flow.durable_generation = 0;
    }
    flow.accepted = std::max(flow.accepted, flow.durable);
    while (!flow.pending.empty() && flow.pending.begin()->first <= seq) {
        flow.pending_bytes -= flow.pending.begin()->second.bytes;
        if (flow.pending.begin()->first == flow.durable) {
            flow.durable_generation = flow.pending.begin()->second.generation;
        }
        flow.pending.erase(flow.pending.begin());
    }
    flow.is_ack_due = true;
}

ControllerActions ControllerSession::on_apply_failed(Stream stream, uint64_t incarnation, const Moment& moment) {
    const auto found = flows_.find({stream, incarnation});
    if (found != flows_.end()) {
        Flow& flow = found->second;
        flow.accepted = flow.durable;
        flow.pending.clear();
        flow.pending_bytes = 0;
        flow.has_failed = true;
        flow.went_back_at = moment.mono;  // not at once: a disk that is full stays so for a while
    }
    return take_actions();
}

ControllerActions ControllerSession::take_acks(const Moment& moment) {
    if (is_established()) {
        for (const auto& key : named_) {
            acknowledge(flows_[key], key, moment);
        }
    }
    return take_actions();
}

void ControllerSession::acknowledge(Flow& flow, const FlowKey& key, const Moment& moment) {
    const bool has_room =
        flow.pending_bytes * 2 <= settings_.window_bytes_max && flow.pending.size() * 2 <= settings_.window_entries_max;
    if (flow.has_dropped && has_room) {
        flow.has_dropped = false;
        flow.went_back_at.reset();
        go_back(flow, key, moment);
    }
    if (flow.is_ack_due) {
        flow.is_ack_due = false;
        send(flow, key, 0, Ack{});
    }
}

void ControllerSession::grant(Stream stream, uint64_t credit_bytes) {
    for (const auto& key : named_) {
        if (key.first == stream) {
            Flow& flow = flows_[key];
            flow.credit_bytes = std::min(credit_bytes, settings_.window_bytes_max);
            flow.is_ack_due = flow.is_grant_unused = true;
        }
    }
}

void ControllerSession::repeat_grants() {
    for (const auto& key : named_) {
        Flow& flow = flows_[key];
        flow.is_ack_due = flow.is_ack_due || flow.is_grant_unused;
    }
}

void ControllerSession::go_back(Flow& flow, const FlowKey& key, const Moment& moment) {
    if (flow.went_back_at && moment.mono - *flow.went_back_at < settings_.go_back_repeat) {
        return;
    }
    flow.went_back_at = moment.mono;
    flow.is_ack_due = false;  // GO_BACK says the same and more
    send(flow, key, flow.accepted + 1, GoBack{});
}

ControllerSession::Flow* ControllerSession::flow_of(const FlowKey& key) {
    const bool is_named = std::find(named_.begin(), named_.end(), key) != named_.end();
    return is_named ? &flows_[key] : nullptr;
}

std::vector<StreamCursor> ControllerSession::durable_cursors() const {
    std::vector<StreamCursor> cursors;
    for (const auto& [key, flow] : flows_) {
        if (flow.durable != 0) {
            cursors.push_back(StreamCursor{.stream = key.first,
                                           .incarnation = key.second,
                                           .last_applied = flow.durable,
                                           .credit_bytes = flow.credit_bytes,
                                           .generation = flow.durable_generation});
        }
    }
    return cursors;
}

// Nothing follows from a generation that is unknown on either side: of an older agent, or one that HELLO tells no more.
bool ControllerSession::is_set_back(const Flow& flow, const FlowKey& key) const {
    const auto is_other = [&](uint64_t seq, uint64_t known) {
        const auto told = generation_of(generations_, key.first, key.second, seq);
        return known != 0 && told != 0 && told != known;
    };
    return is_other(flow.durable, flow.durable_generation) ||
           (!flow.pending.empty() && is_other(flow.pending.rbegin()->first, flow.pending.rbegin()->second.generation));
}

}  // namespace vigie::protocol
