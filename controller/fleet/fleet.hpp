// The hosts and their liveness. Pure: time comes as an argument, rows go out through take_unsaved(). Main thread only.
//
//   auto fleet = Fleet::load(store, config.heartbeat_interval, clock.mono());
//   on each live frame:    fleet->heard(agent, mono, wall)  -> maybe a transition to up
//   each second:           fleet->tick(mono)                -> transitions to silent
//                          committer.submit(put all of fleet->take_unsaved(mono), {})
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/store/state_store.hpp"
#include "protocol/messages/messages.hpp"
#include "protocol/session/agent_session.hpp"
#include "shared/core/ids.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

enum class HostState : uint8_t {
    never_heard = 1,  // enrolled, no live frame yet: not an alarm, it may be installed tomorrow
    up = 2,
    silent = 3,  // heartbeats_missed_max heartbeats did not come
    left = 4,    // removed by an operator
};
std::string_view name_of(HostState state);

// One lost ping is a busy host, two are a bad minute, three are an outage.
constexpr int heartbeats_missed_max = 3;
// An agent that found no controller tries again after a pause of up to this long, so hosts that nobody has listened to
// get it on top: else each restart of the controller would page for the hosts that come back last.
constexpr milliseconds reconnect_pause_max = protocol::AgentSessionSettings{}.backoff_max;
// A restarted controller shows a last_heard_at at most this old for a host that was up all the time.
constexpr milliseconds save_heard_every = 5min;

// A clock further off than this spoils comparisons between hosts and, ahead, the evaluation of rules; right again it is
// only well below, so that a clock on the edge does not raise an alert each minute.
constexpr milliseconds clock_skew_max = 60s;
constexpr milliseconds clock_skew_right = 30s;
// A message that was held up makes a clock look late, never early: late is a clock that all of this many say is late.
constexpr size_t clock_readings_kept = 3;

// How long a host that said goodbye may take to come back before it counts as silent: a server's firmware takes minutes
// over its memory.
constexpr milliseconds restart_grace_default = 5min;

struct Host {
    AgentId id{};
    HostState state = HostState::never_heard;
    bool is_connected = false;                // has a session now
    std::optional<WallTime> last_heard_at{};  // our clock
    std::string agent_version{};
    std::string boot_id{};
    protocol::Labels labels{};
    std::vector<std::string> jobs{};
    milliseconds clock_ahead{0};   // of the host's clock against ours, by its HELLO and pings
    bool is_clock_off = false;     // more than clock_skew_max, until it is within clock_skew_right
    bool is_key_revoked = false;   // until it enrols again; of the agents' rows, not of the host's
    uint8_t protocol_version = 0;  // of its last session, 0 when it had none since the start
    std::string address{};         // of its last session since the start, without port
    std::string silent_because{};  // once it is silent: what can be told of why, for people
};

struct HostTransition {
    AgentId agent{};
    HostState from = HostState::never_heard;
    HostState to = HostState::up;
    bool operator==(const HostTransition&) const = default;
};

class Fleet {
  public:
    // Hosts of Family::agents, with what Family::hosts remembers of them. A host that was up gets one heartbeat timeout
    // and reconnect_pause_max from `started` to show itself; one that was silent stays so.
    static Result<Fleet> load(const StateStore& store, milliseconds heartbeat_interval, MonoTime started);
    Fleet(milliseconds heartbeat_interval, MonoTime started)
        : heartbeat_interval_(heartbeat_interval), started_(started) {}

    // A host that left and enrols again starts anew. One that is known stays as it is.
    void enrol(const AgentId& agent);
    std::optional<HostTransition> leave(const AgentId& agent);  // nothing when unknown or gone already
    // Its key is let in no more: it is heard no more, and its silence is no news.
    void revoke(const AgentId& agent);

    // A session of the host began: facts of its HELLO, whose version_max is the session's version. Counts as heard.
    // Nothing for a host that is not enrolled.
    std::optional<HostTransition> hello(const AgentId& agent, const protocol::Hello& hello, MonoTime now,
                                        WallTime wall);
    void disconnected(const AgentId& agent);
    // What came before its silence, until its next session: see LinkObserver.
    void closed_by_peer(const AgentId& agent);
    void leaving(const AgentId& agent, protocol::Leaving how, MonoTime now);
    void set_address(const AgentId& agent, const std::string& address);
    void set_restart_grace(milliseconds grace) { restart_grace_ = grace; }
    // What a message that was sent just now says of the host's clock. Gives whether the clock is off when that is news.
    std::optional<bool> clock_told(const AgentId& agent, milliseconds ahead);
    // For every live frame, pings and pongs too; not for what a frame carries, which may be old.
    std::optional<HostTransition> heard(const AgentId& agent, MonoTime now, WallTime wall);
    // Gives each host that is up the time from now to show itself that it has after a start: nobody listened for a
    // while.
    void begin_anew(MonoTime now);
    // The hosts that have become silent, by name; each knows why it is (Host::silent_because).
    std::vector<HostTransition> tick(MonoTime now);

    const Host* find(const AgentId& agent) const;
    std::vector<const Host*> hosts() const;  // by name, those that left too
    milliseconds heartbeat_timeout() const { return heartbeats_missed_max * heartbeat_interval_; }

    // Rows of Family::hosts that changed, and of hosts heard since save_heard_every. Rows are taken once: one lost with
    // a failed commit comes again with the next change.
    std::vector<std::pair<std::string, std::string>> take_unsaved(MonoTime now);

  private:
    struct Entry {
        Host host;
        MonoTime last_heard{};    // while up: since then its heartbeats are counted
        bool is_awaited = false;  // not heard since a start or begin_anew()
        bool is_changed = false;
        bool is_heard = false;                                   // since the last save
        std::vector<milliseconds> clock_readings{};              // since the session began, the newest last
        std::optional<bool> told_clock_off{};                    // what clock_told() gave last
        protocol::Leaving leaving = protocol::Leaving::staying;  // of the last session
        bool is_closed = false;                                  // likewise: by the peer
    };
    // Of all hosts, or of those of one network: how many were heard of lately, and how many of them no more.
    struct Tally {
        size_t known = 0;
        size_t quiet = 0;
    };
    struct Tallies {
        Tally all;
        std::map<std::string, Tally> networks;
    };
    Tallies tallies(MonoTime now) const;
    std::string why_silent(const Entry& entry, const Tallies& counted) const;
    bool is_quiet(const Entry& entry, MonoTime now) const;
    static bool is_gone(const Host& host);  // what is still heard of it counts no more
    std::optional<HostTransition> move(Entry& entry, HostState to);
    milliseconds timeout_of(const Entry& entry) const;

    milliseconds heartbeat_interval_;
    milliseconds restart_grace_ = restart_grace_default;
    MonoTime started_;
    std::optional<MonoTime> heard_saved_at_;
    std::map<AgentId, Entry> entries_;
};

std::string host_row(const Host& host);
Result<Host> read_host(std::string_view key, std::string_view row);

}  // namespace vigie::controller
