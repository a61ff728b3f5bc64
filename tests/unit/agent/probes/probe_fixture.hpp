// Probes as vigie-worker runs them, in this process.
#pragma once
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "agent/probes/probe_main.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/agent/probes/fake_server.hpp"

namespace vigie::agent {

struct ProbeFixture {
    SystemClock clock;
    tests::TempFolder folder;
    int status = -1;
    std::string line;

    // The whole of what was printed; `status` is the exit status.
    const std::string& run(const std::vector<std::string>& words) {
        std::ostringstream out;
        status = probe_main(words, {.clock = clock, .procfs = folder / "proc", .systemctl = folder / "systemctl"}, out);
        line = out.str();
        return line;
    }
    bool says(std::string_view text) const { return line.find(text) != std::string::npos; }
    std::string secret(const std::string& content) {
        auto path = folder / "secret";
        std::ofstream(path) << content;
        chmod(path.c_str(), 0600);
        return path;
    }
};

}  // namespace vigie::agent
