// Entries and gaps on their way, for each stream: cursors, credit, acks, and what is sent next.
#include <algorithm>

#include "protocol/session/agent_session.hpp"
#include "shared/core/assert.hpp"

namespace vigie::protocol {

void AgentSession::take_cursor(Flow& flow, const Welcome& welcome, const Moment& moment) {
    StreamCursor cursor{.stream = flow.state.stream, .incarnation = flow.state.incarnation};
    for (const auto& each : welcome.cursors) {
        if (each.stream == cursor.stream && each.incarnation == cursor.incarnation) {
            cursor = each;
        }
    }
    // Once it is known that the numbers were used before, that stays so, however many more are given meanwhile.
    if (flow.is_awaiting_renewal || cursor.last_applied >= flow.state.next_seq) {
        flow.is_awaiting_renewal = true;
        return ask_for_renewal(flow, moment);
    }
    if (cursor.last_applied != flow.acked) {
        actions_.push_back(MarkAcked{cursor.stream, cursor.incarnation, cursor.last_applied});
    }
    flow.acked_highest = std::max({flow.acked_highest, flow.acked, cursor.last_applied});
    flow.acked = cursor.last_applied;
    flow.next_to_send = cursor.last_applied + 1;
    flow.credit_bytes = cursor.credit_bytes;
}

void AgentSession::ask_for_renewal(Flow& flow, const Moment& moment) {
    flow.retry_at = moment.mono + settings_.retry_every;
    actions_.push_back(RenewIncarnation{.stream = flow.state.stream, .incarnation = flow.state.incarnation});
}

void AgentSession::on_ack(const Header& header, const Moment& moment) {
    Flow* acked = flow_of(header);
    if (acked == nullptr || header.ack < acked->acked) {
        return;  // of another incarnation, or overtaken by a newer one, whose credit counts
    }
    acked->credit_bytes = header.credit_bytes;
    acked->is_paused = false;
    acknowledge(*acked, header.ack, moment);
    pump(moment);
}

void AgentSession::on_go_back(const Header& header, const Moment& moment) {
    Flow* flow = flow_of(header);
    if (flow == nullptr || header.ack < flow->acked) {
        return;
    }
    flow->credit_bytes = header.credit_bytes;
    flow->is_paused = false;
    acknowledge(*flow, header.ack, moment);
    if (header.seq > flow->acked && header.seq < flow->next_to_send) {
        rewind(*flow, header.seq);
    }
    pump(moment);
}

void AgentSession::acknowledge(Flow& flow, uint64_t seq, const Moment& moment) {
    if (seq <= flow.acked || seq >= flow.state.next_seq) {
        return;  // nothing new, or nothing that we ever had
    }
    flow.acked = seq;
    flow.next_to_send = std::max(flow.next_to_send, seq + 1);
    flow.progressed_at = moment.mono;
    while (!flow.under_way.empty() && flow.under_way.front().last_seq <= seq) {
        flow.bytes_under_way -= flow.under_way.front().bytes;
        flow.under_way.pop_front();
    }
    actions_.push_back(MarkAcked{flow.state.stream, flow.state.incarnation, seq});
}

void AgentSession::rewind(Flow& flow, uint64_t seq) {
    flow.next_to_send = seq;
    while (!flow.under_way.empty() && flow.under_way.back().last_seq >= seq) {
        flow.bytes_under_way -= flow.under_way.back().bytes;
        flow.under_way.pop_back();
    }
}

void AgentSession::resend_what_nobody_acked(const Moment& moment) {
    for (auto& each : flows_) {
        if (!each.under_way.empty() && moment.mono - each.progressed_at >= settings_.ack_timeout) {
            rewind(each, each.acked + 1);
            each.progressed_at = moment.mono;
        }
    }
}

AgentActions AgentSession::on_entries_sent(Stream stream, uint64_t from_seq, const std::vector<uint32_t>& sizes,
                                           const Moment& moment) {
    if (sending_ != stream) {
        return {};  // asked for in a session that is over
    }
    sending_.reset();
    Flow& sent = flow(stream);
    // After a GO_BACK in between, what went out is a repetition at best: it is not counted, and sending goes on from
    // there.
    if (from_seq == sent.next_to_send) {
        VIGIE_ASSERT(sizes.size() <= sent.state.next_seq - from_seq);
        if (sent.under_way.empty()) {
            sent.progressed_at = moment.mono;
        }
        for (const uint32_t size : sizes) {
            sent.under_way.push_back(UnderWay{.last_seq = sent.next_to_send++, .bytes = size});
            sent.bytes_under_way += size;
        }
        sent.is_paused = sizes.empty() && sent.next_to_send >= sent.state.oldest_seq;
        sent.retry_at = moment.mono + settings_.retry_every;
    }
    pump(moment);
    return take_actions();
}

AgentActions AgentSession::on_writable(const Moment& moment) {
    unpause();
    pump(moment);
    return take_actions();
}

void AgentSession::unpause() {
    for (auto& each : flows_) {
        each.is_paused = false;
    }
}

// The streams stand in the order of their importance.
void AgentSession::pump(const Moment& moment) {
    if (state_ != State::established) {
        return;
    }
    for (auto& each : flows_) {
        if (sending_ || pump_stream(each, moment)) {
            return;
        }
    }
}

// True when it asked for entries.
bool AgentSession::pump_stream(Flow& flow, const Moment& moment) {
    if (!flow.is_known || flow.is_awaiting_renewal || flow.is_paused) {
        return false;
    }
    if (flow.next_to_send < flow.state.oldest_seq && flow.next_to_send <= flow.acked_highest) {
        send_gap(flow, std::min(flow.state.oldest_seq - 1, flow.acked_highest), GapReason::trimmed, moment);
    }
    if (flow.next_to_send < flow.state.oldest_seq) {
        send_gap(flow, flow.state.oldest_seq - 1, GapReason::outbox_full, moment);
    }
    if (flow.next_to_send >= flow.state.next_seq || flow.bytes_under_way >= flow.credit_bytes ||
        flow.under_way.size() >= settings_.entries_under_way_max) {
        return false;
    }
    sending_ = flow.state.stream;
    actions_.push_back(SendEntries{
        .header = header_for(MessageType::batch, flow, flow.next_to_send),
        .from_seq = flow.next_to_send,
        .bytes_max = std::min<uint64_t>(flow.credit_bytes - flow.bytes_under_way, settings_.chunk_bytes_max),
        .entries_max = settings_.chunk_entries_max});
    return true;
}

void AgentSession::send_gap(Flow& flow, uint64_t last, GapReason reason, const Moment& moment) {
    if (flow.under_way.empty()) {
        flow.progressed_at = moment.mono;
    }
    actions_.push_back(SendMessage{Message{.header = header_for(MessageType::gap, flow, flow.next_to_send),
                                           .body = Gap{.last_missing_seq = last, .reason = reason}}});
    flow.under_way.push_back(UnderWay{.last_seq = last, .bytes = 0});
    flow.next_to_send = last + 1;
}

uint64_t AgentSession::bytes_under_way(Stream stream) const {
    return flows_[static_cast<size_t>(stream)].bytes_under_way;
}

AgentSession::Flow* AgentSession::flow_of(const Header& header) {
    Flow& named = flow(header.stream);
    const bool is_ours = named.is_known && !named.is_awaiting_renewal && named.state.incarnation == header.incarnation;
    return is_ours ? &named : nullptr;
}

}  // namespace vigie::protocol
