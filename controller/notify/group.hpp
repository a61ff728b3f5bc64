// Alerts that one route tells of together, and what each of its targets has heard of them. Pure; what Alertmanager
// calls an aggregation group, with its notification log.
#pragma once
#include <map>
#include <optional>
#include <set>

#include "controller/maintenance/in_force.hpp"
#include "controller/notify/message.hpp"
#include "controller/notify/told.hpp"
#include "controller/routing/routing_file.hpp"
#include "controller/routing/silence.hpp"

namespace vigie::controller::notify {

// Both times of one moment.
struct Now {
    MonoTime mono;
    WallTime wall;
};

// Where messages are posted: a webhook of its own, or one of those of a receiver of alertmanager.yml.
struct Target {
    std::string name;  // no two have the same
    bool is_resolved_sent = true;
    std::string receiver{};  // in messages; "": the name
    size_t alerts_max = 0;   // in one message; 0: no limit
    bool is_of_file = false;
    bool is_called_only = false;  // hears of no alert but by rows that name it
};

// Episodes that somebody has in hand: alert and start.
using InHand = std::set<std::pair<std::string, WallTime>>;

// What keeps an alert from being told of now.
class Suppression {
  public:
    // `routing`: of the file; nullptr when there is none. Kept.
    explicit Suppression(const routing::Routing* routing);

    void set_silences(std::vector<routing::Silence> silences) { silences_ = std::move(silences); }
    void set_maintenance(maintenance::InForce maintenance) { maintenance_ = std::move(maintenance); }
    // Calls for them are held back, and nothing else. Gives whether they are others than before.
    bool set_in_hand(InHand in_hand);
    void note(uint64_t id, const alerts::Notification& state);
    bool is_open(const routing::Route& route, WallTime at) const;  // by its time intervals
    bool is_suppressed(const alerts::Notification& one, WallTime at) const;

  private:
    bool is_in_any_of(const std::vector<std::string>& intervals, WallTime at) const;

    const routing::Routing* routing_;
    std::vector<routing::InhibitRule> none_;
    routing::Inhibitor inhibitor_;
    std::vector<routing::Silence> silences_;
    maintenance::InForce maintenance_;
    InHand in_hand_;
};

struct Member {
    alerts::Notification state;
    uint64_t episode = 0;
    std::vector<uint64_t> rows;  // of the outbox: what of it is not covered yet
    bool is_fresh = true;        // since the last flush
    bool is_seeded = false;      // read from the store at the start, and no row of its episode yet
    bool is_visible = true;      // as of the last look(): not suppressed
};

struct Outgoing {
    Message message;
    std::string idempotency_key;
    Told told;  // once it is taken
    std::vector<std::pair<uint64_t, alerts::Notification>> rows;
    std::string note{};  // of what is not as it should be in what is sent, for the record of the attempt
};

struct Lane {  // of one target
    size_t target = 0;
    std::optional<Told> told;
    std::set<uint64_t> due;  // episodes that were to be told of as firing, and could not be
    bool is_wanted = false;  // waits to be sent
    std::optional<Outgoing> flying;
    // Of a mail that some have and others not yet: who, and which message. Not kept over a restart.
    std::set<std::string> done_with{};
    std::string done_with_key{};
    uint64_t order = 0;
    unsigned attempts = 0;
    MonoTime not_before{};
    bool is_idle() const { return !is_wanted && !flying; }
};

struct Group {
    uint64_t number = 0;  // in the order that they come in
    const routing::Route* route = nullptr;
    std::string key;       // routing::group_key
    std::string identity;  // the same, with the alert's id where each alert is a group: two may have the same labels
    alerts::Labels labels;
    std::map<uint64_t, Member> members;  // by alert and labels
    std::vector<Lane> lanes;
    std::optional<MonoTime> flush_at;
    bool has_debts = false;  // since the last flush

    const routing::RouteOptions& options() const { return route->options; }
    bool is_told_at_once() const { return options().group_interval == 0ms; }
};

// Alert and labels, whatever the episode.
uint64_t member_id(const alerts::Notification& notification);
// Looks which members are suppressed. Gives whether any is.
bool look(Group& group, const Suppression& suppression, WallTime now);
// Whether the last look() found an alert that is suppressed.
bool is_any_hidden(const Group& group);
// Whether the target is to be told something, by what it was told before (Alertmanager's DedupStage). After look().
bool has_news(const Group& group, const Lane& lane, bool is_resolved_sent, WallTime now);
// What it is to be told; with no alerts in it when only the record of it changes. After look().
Outgoing compose(const Group& group, const Lane& lane, const Target& target, WallTime now);
// Whether all that the member's rows stand for has been told, or need not be.
bool is_covered(const Member& member, const std::vector<Lane>& lanes);

}  // namespace vigie::controller::notify
