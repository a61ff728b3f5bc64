// A folder of logs, a policy, a state file and a clock that a test owns.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "agent/logs/commands.hpp"
#include "shared/os/files.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::tests {

struct RotationFixture {
    RotationFixture() {
        BOOST_REQUIRE(files.make_directories(log(""), 0755).has_value());
        options.state_file = folder / "state";
        options.writer_wait = 0ms;
        options.lock_wait = 0ms;
    }

    std::string log(std::string_view name) const { return fmt::format("{}/logs/{}", folder.path(), name); }
    void put(const std::string& name, std::string_view content, unsigned mode = 0640) {
        std::ofstream(log(name), std::ios::trunc) << content;
        chmod(log(name).c_str(), mode);
    }
    std::string get(const std::string& name) { return files.read(log(name), 64_MiB).value_or("<absent>"); }
    // Names and contents; a compressed archive shows as its name only.
    std::map<std::string, std::string> tree() {
        std::map<std::string, std::string> all;
        for (const auto& name : names()) {
            all[name] = name.ends_with(".gz") ? "gzip" : get(name);
        }
        return all;
    }
    std::vector<std::string> names() { return files.list(log("")).value(); }

    // "LOGS" in the policy stands for the folder of the logs.
    void policy(std::string text, const std::string& name = "policy") {
        for (auto at = text.find("LOGS"); at != std::string::npos; at = text.find("LOGS")) {
            text.replace(at, 4, folder.path() + "/logs");
        }
        BOOST_REQUIRE(files.write_atomically(folder / name, text, 0600).has_value());
        options.policy_files = {folder / name};
    }
    Result<agent::logs::RotationReport> try_rotate() { return agent::logs::rotate(options, clock); }
    agent::logs::RotationReport rotate() { return try_rotate().value(); }
    std::string state() { return files.read(options.state_file, 1_MiB).value_or(""); }
    static std::string joined(const std::vector<std::string>& lines) {
        return fmt::format("{}", fmt::join(lines, "\n"));
    }
    // The decoded content of a gzip file, by gzip(1): a reader that is not ours.
    std::string unpacked(const std::string& name) {
        const auto command = fmt::format("gzip -dc '{}'", log(name));
        const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
        std::string content;
        for (int c = fgetc(pipe.get()); c != EOF; c = fgetc(pipe.get())) {
            content += static_cast<char>(c);
        }
        return content;
    }
    void age(const std::string& name, seconds by) {
        const auto then = unix_ms(clock.wall()) / 1000 - by.count();
        const timespec times[2] = {{then, 0}, {then, 0}};
        utimensat(AT_FDCWD, log(name).c_str(), times, 0);
    }

    TempFolder folder;
    ManualClock clock;
    SystemFiles files;
    agent::logs::RotateOptions options;
};

}  // namespace vigie::tests
