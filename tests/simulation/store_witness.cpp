// What a commit must never hold, and what must never leave before its commit.
#include <cstdio>

#include "controller/alerts/book.hpp"
#include "controller/ingest/ingest.hpp"
#include "controller/jobs/job_run.hpp"
#include "controller/store/keys.hpp"
#include "protocol/session/controller_session.hpp"
#include "tests/simulation/witness.hpp"

namespace vigie::simulation {

using namespace controller;
using protocol::Stream;
using Kind = StoreBatch::Change::Kind;

void StoreWitness::offered(const StreamKey& key, uint64_t seq, const std::string& bytes) {
    if (!hosts_.is_written(key, seq, bytes)) {
        world_.found(fmt::format("{}: what arrived as {} is not what was numbered so", to_text(key), seq));
    }
    offered_[key][seq] = bytes;
}

const std::string* StoreWitness::offered_as(const StreamKey& key, uint64_t seq) const {
    const auto stream = offered_.find(key);
    if (stream == offered_.end()) {
        return nullptr;
    }
    const auto entry = stream->second.find(seq);
    return entry == stream->second.end() ? nullptr : &entry->second;
}

uint64_t StoreWitness::cursor(const StreamKey& key) const {
    const auto found = kept_.cursors.find(key);
    return found == kept_.cursors.end() ? 0 : found->second;
}

void StoreWitness::committed(const StoreBatch& batch, WallTime wall) {
    Group group{
        .wall = wall, .heads = {}, .gaps = {}, .events = {}, .reached = {}, .moved = {}, .unpaged = {}, .due = {}};
    for (const auto& change : batch.changes()) {
        collect(change, group);
        world_.note(change.key);
    }
    for (const auto& change : batch.changes()) {
        follow(change, group);
    }
    for (const auto& [agent, place] : group.due) {
        world_.found(fmt::format("{}: sample {} is stored, but no rule has seen it", agent, place.second));
    }
    for (const auto& [page, count] : group.unpaged) {
        if (count > 0) {
            world_.found(fmt::format("alert {} is {}, and no page tells of it", page.first,
                                     page.second ? "resolved" : "firing"));
        }
    }
    for (const auto& [alert, phases] : group.moved) {
        world_.found(fmt::format("alert {} moved without the cursor of what was evaluated", alert));
    }
}

void StoreWitness::collect(const StoreBatch::Change& change, Group& group) {
    if (change.kind != Kind::put) {
        return;
    }
    if (change.family == Family::head) {
        const auto key = keys::read_head(change.key).value();
        group.heads.emplace(key.agent.value, key.incarnation, key.seq);
    } else if (change.family == Family::events) {
        collect_event(change, group);
    } else if (change.family == Family::alerts && change.key.starts_with("h")) {
        const auto transition = alerts::decode_transition(change.value).value();
        group.reached.emplace(change.key.substr(1, 16), transition.to);
    }
}

void StoreWitness::collect_event(const StoreBatch::Change& change, Group& group) {
    auto event = read_event(change.key, change.value).value();
    if (event.kind == "unreadable") {
        world_.found(event.message);
    }
    if (event.kind == "gap") {
        static const std::map<std::string_view, Stream> streams{
            {"results", Stream::results}, {"metrics", Stream::metrics}, {"logs", Stream::logs}};
        Gap gap{.key = {.agent = event.agent.value}};
        std::array<char, 16> stream{};
        const auto read =
            std::sscanf(event.message.c_str(), "%*[^:]: entries %lu to %lu of stream %15s (incarnation %lx", &gap.first,
                        &gap.last, stream.data(), &gap.key.incarnation);
        if (read != 4 || !streams.contains(stream.data())) {
            return world_.found("a gap's record says not what is lost: " + event.message);
        }
        gap.key.stream = streams.at(stream.data());
        group.gaps.push_back(gap);
    }
    group.events.push_back(std::move(event));
}

void StoreWitness::follow(const StoreBatch::Change& change, Group& group) {
    if (change.kind != Kind::put) {
        return;
    }
    if (change.family == Family::cursor) {
        const auto key = keys::read_cursor(change.key).value();
        keys::KeyReader row(change.value);
        check_cursor({key.agent.value, static_cast<Stream>(key.stream), key.incarnation}, row.u64(), group);
    } else if (change.family == Family::alerts && change.key.starts_with("h")) {
        check_transition(change.key, change.value, group);
    } else if (change.family == Family::alerts && change.key.starts_with("s")) {
        // Of what is over and gone nobody counts evaluations any more: no transition tells of it.
        const auto alert = alerts::decode_alert(change.value).value();
        const auto expected = kept_.expected.find(alert.id);
        if (expected != kept_.expected.end() && !is_active(alert.state) && alert.state.changes == 0) {
            expected->second.changes = 0;
        }
    } else if (change.family == Family::alerts && change.key.starts_with("c")) {
        check_evaluated(change.key.substr(1), change.value, group);
    } else if (change.family == Family::outbox && change.key.starts_with("q")) {
        check_page(change.value, group);
    } else if (change.family == Family::runs) {
        check_run(change.key, change.value);
    }
}

// A cursor moves by one, with what came under the number, or over a gap, with its record.
void StoreWitness::check_cursor(const StreamKey& key, uint64_t to, Group& group) {
    check_incarnation(key, group);
    const auto from = std::exchange(kept_.cursors[key], to);
    if (from == 0 && to == 0) {
        return;  // an incarnation of which nothing has arrived
    }
    const auto is_told = [&](const Gap& gap) { return gap.key == key && gap.first == from + 1 && gap.last == to; };
    if (std::any_of(group.gaps.begin(), group.gaps.end(), is_told)) {
        missing_all_ += to - from;
        hosts_.passed(key, from + 1, to);
        return;
    }
    if (to != from + 1) {
        return world_.found(
            fmt::format("{}: the cursor went from {} to {} without a gap's record", to_text(key), from, to));
    }
    ++entries_all_;
    check_applied(key, to, group);
}

// An outbox that takes another's place is told with the first that is known of it.
void StoreWitness::check_incarnation(const StreamKey& key, const Group& group) {
    if (key.stream != Stream::results || kept_.cursors.contains(key)) {
        return;
    }
    const bool is_first = std::none_of(kept_.cursors.begin(), kept_.cursors.end(), [&](const auto& cursor) {
        return cursor.first.agent == key.agent && cursor.first.stream == key.stream;
    });
    const bool is_told = std::any_of(group.events.begin(), group.events.end(), [&](const Event& event) {
        return event.agent.value == key.agent && event.kind == "outbox";
    });
    if (!is_first && !is_told) {
        world_.found(fmt::format("{}: a new outbox came, and no event tells of it", to_text(key)));
    }
}

void StoreWitness::check_applied(const StreamKey& key, uint64_t seq, Group& group) {
    const auto* bytes = offered_as(key, seq);
    const auto entry = bytes == nullptr ? fail(ErrorCode::not_found, "") : protocol::decode_entry(*bytes);
    if (!entry) {
        return world_.found(fmt::format("{}: {} was applied, but nothing was ever sent so", to_text(key), seq));
    }
    hosts_.applied(key, seq, *bytes);
    if (const auto* sample = std::get_if<protocol::SampleBatch>(&*entry)) {
        check_sample(key, seq, *sample, group);
    } else if (const auto* event = std::get_if<protocol::HostEvent>(&*entry)) {
        const auto is_recorded = [&](const Event& one) {
            return one.agent.value == key.agent && one.message.ends_with(event->message);
        };
        if (std::none_of(group.events.begin(), group.events.end(), is_recorded)) {
            world_.found(fmt::format("{}: event {} is passed and not recorded", to_text(key), seq));
        }
    }
}

void StoreWitness::check_sample(const StreamKey& key, uint64_t seq, const protocol::SampleBatch& sample, Group& group) {
    const IngestLimits limits;
    const auto at = wall_from_unix_ms(sample.sampled_at_unix_ms);
    const bool is_quarantined = at > group.wall + limits.ahead_max || at < group.wall - limits.raw_retention;
    if (group.heads.contains({key.agent, key.incarnation, seq}) == is_quarantined) {
        return world_.found(
            fmt::format("{}: sample {} is {}", to_text(key), seq,
                        is_quarantined ? "of an impossible time, and stored" : "passed and not stored"));
    }
    if (is_quarantined) {
        return check_quarantined(key.agent, group);
    }
    const auto last = kept_.evaluated.find(key.agent);
    const bool is_set_right = last != kept_.evaluated.end() &&
                              last->second.sampled_at - group.wall > alerts::clock_ahead_max &&
                              at - group.wall <= alerts::clock_ahead_max;
    if (last == kept_.evaluated.end() || at > last->second.sampled_at || is_set_right) {
        group.due[key.agent] = {key.incarnation, seq};
    }
}

// Told at once, and again with the first that comes when the last telling is old.
void StoreWitness::check_quarantined(const std::string& agent, const Group& group) {
    for (const auto& event : group.events) {
        if (event.agent.value == agent && event.kind == "clock_skew") {
            kept_.skew_told[agent] = group.wall;
        }
    }
    const auto told = kept_.skew_told.find(agent);
    constexpr auto commit_max = 10s;  // between an arrival and its commit
    if (told == kept_.skew_told.end() || group.wall - told->second > IngestLimits{}.repeat_event_after + commit_max) {
        world_.found(fmt::format("{}: a sample of an impossible time is left out, and no event tells of it", agent));
    }
}

void StoreWitness::check_run(std::string_view key, std::string_view row) {
    const auto run = decode_run(key, row).value();
    hosts_.begun_anew(run.id.value, run.attempts);
    if (run.phase == RunPhase::succeeded && !hosts_.has_succeeded(run.id.value)) {
        world_.found(fmt::format("run {} is recorded as succeeded and has not", run.id.value));
    }
}

void StoreWitness::told(const std::string& agent, const protocol::Frames& frames) {
    const auto header = protocol::decode_header(frames.header).value();
    const auto check = [&](Stream stream, uint64_t incarnation, uint64_t acked) {
        const StreamKey key{agent, stream, incarnation};
        if (acked > cursor(key)) {
            world_.found(
                fmt::format("{}: {} is acknowledged, but only {} is on the disk", to_text(key), acked, cursor(key)));
        }
    };
    world_.note(frames.header);
    if (header.type == protocol::MessageType::ack || header.type == protocol::MessageType::go_back) {
        check(header.stream, header.incarnation, header.ack);
    } else if (header.type == protocol::MessageType::welcome) {
        const auto body = protocol::decode_body(header.type, frames.body).value();
        for (const auto& each : std::get<protocol::Welcome>(body).cursors) {
            const bool is_set_back = each.last_applied == protocol::seq_max && hosts_.was_set_back(agent);
            check(each.stream, each.incarnation, is_set_back ? 0 : each.last_applied);
        }
    }
}

}  // namespace vigie::simulation
