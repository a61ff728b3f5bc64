// `vigie-worker check KIND --SETTING=VALUE…`: one probe, as a Nagios plugin.
#pragma once
#include <ostream>
#include <string>
#include <vector>

#include "shared/os/clock.hpp"

namespace vigie::agent {

// Where a probe finds the system; tests give folders and programs of their own.
struct ProbeWorld {
    const Clock& clock;
    std::string procfs = {};
    std::string systemctl = "systemctl";
};

// `words` stand behind "check". Prints one line to `out`; gives the exit status, 0 to 3. Words that make no sense are
// UNKNOWN.
int probe_main(const std::vector<std::string>& words, const ProbeWorld& world, std::ostream& out);

}  // namespace vigie::agent
