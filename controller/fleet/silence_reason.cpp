// Why a host is silent, as far as its last session and the other hosts tell. Nothing is asked of the network.
#include "controller/fleet/fleet.hpp"

namespace vigie::controller {
namespace {

// Fewer hosts that fall silent together may be chance.
constexpr size_t many_min = 3;

// "10.1.2.0/24" of "10.1.2.7". "" of anything else: where networks of IPv6 end, addresses do not tell.
std::string network_of(const std::string& address) {
    const auto dot = address.rfind('.');
    const bool is_v4 = dot != std::string::npos && address.find(':') == std::string::npos;
    return is_v4 ? address.substr(0, dot) + ".0/24" : std::string();
}

}  // namespace

// By a heartbeat and a half, since hosts that are cut off in one instant were heard last at different ones. A host that
// has been silent for long, or is known to have stopped, tells nothing of what happens now.
bool Fleet::is_quiet(const Entry& entry, MonoTime now) const {
    const auto unheard = now - entry.last_heard;
    // What is heard is told at most once a second.
    return !entry.is_closed && entry.leaving == protocol::Leaving::staying && !entry.is_awaited &&
           unheard > heartbeat_interval_ * 3 / 2 + 1s && unheard <= 3 * heartbeat_timeout();
}

Fleet::Tallies Fleet::tallies(MonoTime now) const {
    Tallies counted;
    for (const auto& [id, entry] : entries_) {
        const bool is_quiet_now = is_quiet(entry, now);
        const bool is_heard = entry.host.state == HostState::up && entry.host.is_connected && !entry.is_closed &&
                              entry.leaving == protocol::Leaving::staying;
        if (is_gone(entry.host) || !(is_quiet_now || is_heard)) {
            continue;
        }
        for (auto* tally : {&counted.all, &counted.networks[network_of(entry.host.address)]}) {
            ++tally->known;
            tally->quiet += is_quiet_now ? 1 : 0;
        }
    }
    return counted;
}

std::string Fleet::why_silent(const Entry& entry, const Tallies& counted) const {
    const auto grace = format_duration(restart_grace_);
    if (entry.leaving == protocol::Leaving::host_stops) {
        return fmt::format("host stopped: it said that it shuts down or boots anew, and is not back after {}", grace);
    }
    if (entry.leaving == protocol::Leaving::agent_stops) {
        return fmt::format("agent stopped: it was told to end, and is not back after {}", grace);
    }
    if (entry.is_closed) {
        return "agent died: its connection was closed without a goodbye, so the host's kernel was running then";
    }
    if (entry.is_awaited) {
        return "not back: it has not been heard since the controller started or stood still";
    }
    const auto network = network_of(entry.host.address);
    const auto found = counted.networks.find(network);
    const auto near = found == counted.networks.end() || network.empty() ? Tally{} : found->second;
    const auto& all = counted.all;
    // Unless most of those that are quiet are elsewhere.
    if (near.quiet >= 2 && near.quiet == near.known && near.quiet * 2 > all.quiet) {
        return fmt::format("many hosts at once ({0} of {0} in {1}): their network, or something else that they share",
                           near.quiet, network);
    }
    if (all.quiet >= many_min && all.quiet * 2 > all.known) {
        return fmt::format(
            "many hosts at once ({} of {}): a network, this controller's too, or something else that "
            "they share",
            all.quiet, all.known);
    }
    if (const auto heard = near.known - near.quiet; heard > 0) {
        return fmt::format("host or network: nothing came from it any more, while {} of {} hosts in {} are heard",
                           heard, near.known, network);
    }
    return "host or network: nothing came from it any more, and it did not close its connection";
}

}  // namespace vigie::controller
