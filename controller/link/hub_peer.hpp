// What the hub knows of one agent. For the hub's own files.
#pragma once
#include <array>
#include <deque>
#include <map>

#include "controller/link/hub.hpp"

namespace vigie::controller {

struct Hub::Peer {
    explicit Peer(AgentId agent, const std::vector<protocol::StreamCursor>& cursors,
                  const protocol::ControllerSessionSettings& settings)
        : session(std::move(agent), cursors, settings) {}

    struct Way {
        protocol::Connection connection;
        std::string key;  // that it was made with
    };

    protocol::ControllerSession session;
    std::map<protocol::ConnectionId, Way> connections;
    std::string address;
    int openings_held = 0;                        // sessions whose beginning the sink has not taken yet
    std::optional<uint64_t> results_incarnation;  // as the newest HELLO told
    std::deque<std::pair<protocol::ConnectionId, protocol::Frames>> unsent;
    std::optional<MonoTime> told_heard_at;
    std::optional<MonoTime> told_clock_at;
    MonoTime malformed_since{};
    int malformed = 0;
    bool is_touched = false;
    bool is_closed_told = false;                             // of this session
    bool is_leaving_told = false;                            // likewise
    bool has_deadman = false;                                // likewise: it has a channel to page by
    bool is_appointed = false;                               // likewise: as a deputy
    std::vector<protocol::Stream> replaying;                 // with a backlog, in line or having their turn
    std::array<bool, protocol::streams_count> is_stopped{};  // without credit because of held entries
};

}  // namespace vigie::controller
