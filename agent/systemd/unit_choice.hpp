// Which of the units that systemd lists have series, and how many there are of each state. Pure.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "agent/collect/systemd.hpp"

namespace vigie::agent {

struct UnitChoice {
    std::map<std::string, double> counts;  // by active state, of all units
    std::vector<UnitReading> units;        // by name, each once; names and states only
    std::vector<std::string> paths;        // of their objects
    uint64_t left_out = 0;
};

// Of the body of an answer to ListUnits: units that are loaded and that the patterns let through, up to
// systemd_units_max and systemd_names_bytes_max; others make way for failed ones. malformed, too_large.
Result<UnitChoice> choose_units(std::string_view signature, std::string_view body, const SystemdOptions& options);

}  // namespace vigie::agent
