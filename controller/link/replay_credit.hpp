// Whose turn it is to replay a backlog. A controller that comes back is met by every agent with what it kept meanwhile;
// were all of it sent at once, live samples would wait behind gigabytes and the memory of the sockets would hold them.
// So a stream with a backlog begins without credit and gets some when its turn comes: the bytes that all turns together
// may have under way are bounded, and streams without a backlog never pass here.
//
// Turns go round: first come, first served, results before metrics before logs; a stream that has used its turn goes to
// the end of the line. Pure: no sockets, no clock. Confined to the link's thread.
#pragma once
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"
#include "shared/core/units.hpp"

namespace vigie::controller {

struct ReplayLimits {
    // Under way over all turns: what a live sample may wait behind. A KiB takes 19 us of CPU, so at worst 0.15 s; and
    // eight turns at once keep the committer busy while acks are on their way.
    Bytes under_way_max{8_MiB};
    // Of one turn, at least the largest entry.
    Bytes share{protocol::body_bytes_max};
    // Then the next in line: a host with a week of backlog must not hold up a thousand with a minute each.
    Bytes turn_bytes_max{4 * protocol::body_bytes_max};
    milliseconds turn_time_max{10'000};  // of a peer that does not use its turn
};

class ReplayCredit {
  public:
    using Place = std::pair<AgentId, protocol::Stream>;

    explicit ReplayCredit(ReplayLimits limits = {}) : limits_(limits) {}

    // A stream with a backlog stands in line, at its end; one that has a turn gives it up.
    void ask(const AgentId& agent, protocol::Stream stream);
    // The stream has caught up, or its session ended.
    void leave(const AgentId& agent, protocol::Stream stream);
    void leave(const AgentId& agent);
    // Bytes came in the stream's turn. True when the turn is used up: the stream is at the end of the line now.
    [[nodiscard]] bool use(const AgentId& agent, protocol::Stream stream, uint64_t bytes);
    // Turns that last longer than turn_time_max end: those streams are at the end of the line now.
    [[nodiscard]] std::vector<Place> expire(MonoTime now);
    // The streams whose turn begins: each may have `share()` under way.
    [[nodiscard]] std::vector<Place> begin_turns(MonoTime now);

    Bytes share() const { return limits_.share; }
    bool has_turn(const AgentId& agent, protocol::Stream stream) const { return turns_.contains({agent, stream}); }
    bool is_idle() const { return turns_.empty() && standing_.empty(); }
    size_t waiting() const { return standing_.size(); }

  private:
    struct Turn {
        MonoTime began{};
        uint64_t bytes = 0;
    };
    size_t turns_max() const { return limits_.under_way_max.count / limits_.share.count; }

    const ReplayLimits limits_;
    std::map<Place, Turn> turns_;
    // One line for each stream, by the number that was drawn; standing_ knows who drew which.
    std::array<std::map<uint64_t, AgentId>, protocol::streams_count> lines_;
    std::map<Place, uint64_t> standing_;
    uint64_t next_number_ = 1;
};

}  // namespace vigie::controller
