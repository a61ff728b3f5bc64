// Units of systemd, under the names of node_exporter's collector of that name. Who asks systemd is not known here
// (agent/systemd): this is what it is asked for, what it answers, and the series of that.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/collect/context.hpp"

namespace vigie::agent {

// Order of the series node_systemd_unit_state.
constexpr std::array<std::string_view, 5> unit_states{"active", "activating", "deactivating", "inactive", "failed"};
constexpr size_t other_unit_state = unit_states.size();  // "reloading", "maintenance": none of the five is 1 then
size_t unit_state_of(std::string_view active_state);

struct UnitReading {
    std::string name;
    size_t state = other_unit_state;
    std::string type;  // a service's or a mount's: "notify", "ext4"; "" for others
    // Nothing: not asked for, not of this kind of unit, or not known to this systemd.
    std::optional<double> restarts;
    std::optional<double> started_seconds;  // since 1970; 0 for a unit that is not active
    std::optional<double> tasks;
    std::optional<double> tasks_max;
    std::optional<double> triggered_seconds;  // of a timer, since 1970
    std::optional<double> accepted;           // of a socket
    std::optional<double> connections;
    std::optional<double> refused;
    bool operator==(const UnitReading&) const = default;
};

struct SystemdReading {
    std::string version;  // "252.38-1~deb12u1"
    std::optional<bool> is_running;
    std::map<std::string, double> counts;  // by active state, of all units
    std::vector<UnitReading> units;        // those that the patterns let through, by name
    uint64_t left_out = 0;                 // units over the bounds below
    bool is_stopping = false;              // the host shuts down or boots anew
    bool operator==(const SystemdReading&) const = default;
};

// "252.38" of "252.38-1~deb12u1", 252 of "systemd 252"; 0 when there is no number of three digits.
double systemd_version_of(std::string_view text);
void emit(const SystemdReading& reading, SeriesWriter& out);

// The newest reading, or why there is none: not_found where there is no bus or no systemd on it.
class SystemdSource {
  public:
    virtual ~SystemdSource() = default;
    virtual const Result<SystemdReading>& reading() const = 0;
};
// What a source said last, for readers on another thread than the source's. take() reuses the memory of the reading
// before.
class SystemdCopy final : public SystemdSource {
  public:
    void take(const Result<SystemdReading>& reading) { reading_ = reading; }
    const Result<SystemdReading>& reading() const override { return reading_; }

  private:
    Result<SystemdReading> reading_;
};

// Six series and more for each: with names of 20 bytes 300 KiB of keys, of an entry of 1 MiB. Failed units come first,
// the others make way; how many did is vigie_systemd_units_left_out.
constexpr size_t systemd_units_max = 500;
// Their names stand in each of the series: five times 32 KiB and more.
constexpr size_t systemd_names_bytes_max = 32 * 1024;

// not_found when `context.systemd` is nobody.
std::unique_ptr<Collector> make_systemd(const CollectContext& context);

}  // namespace vigie::agent
