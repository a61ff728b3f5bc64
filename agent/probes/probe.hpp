// What every probe takes and gives.
#pragma once
#include "agent/checks/check.hpp"
#include "agent/probes/connection.hpp"
#include "shared/core/error.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {

struct ProbeAnswer {
    CheckStatus status = CheckStatus::ok;
    std::string text;
    std::vector<PerfValue> values;
};

// What a probe knows of the world, besides sockets. Everything outlives it.
struct ProbeContext {
    const Settings& settings;
    const Clock& clock;
    MonoTime deadline{};
    std::string procfs;     // where the kernel tells of processes
    std::string systemctl;  // the program

    std::string text(std::string_view setting, std::string_view fallback = "") const;
    int64_t number(std::string_view setting, int64_t fallback) const;
    bool flag(std::string_view setting, bool fallback) const;
    std::optional<milliseconds> duration(std::string_view setting) const;
    // A connection to the settings' host (this host unless named) and port.
    Result<Connection> connect(int64_t port) const;
    // The first line of the file that the setting names; "" when the setting is not there.
    Result<std::string> secret(std::string_view setting) const;
};

// An error is a CRITICAL answer, with the error's sentence: the service does not do what it should. What keeps the
// probe from asking at all, such as a password file that can't be read, is an UNKNOWN answer.
using Probe = Result<ProbeAnswer> (*)(const ProbeContext& context);

Result<ProbeAnswer> probe_tcp(const ProbeContext& context);
Result<ProbeAnswer> probe_http(const ProbeContext& context);
Result<ProbeAnswer> probe_postgresql(const ProbeContext& context);
Result<ProbeAnswer> probe_mariadb(const ProbeContext& context);
Result<ProbeAnswer> probe_redis(const ProbeContext& context);
Result<ProbeAnswer> probe_amqp(const ProbeContext& context);
Result<ProbeAnswer> probe_smtp(const ProbeContext& context);
Result<ProbeAnswer> probe_dns(const ProbeContext& context);
Result<ProbeAnswer> probe_process(const ProbeContext& context);
Result<ProbeAnswer> probe_systemd(const ProbeContext& context);
Result<ProbeAnswer> probe_file(const ProbeContext& context);

inline ProbeAnswer unknown(const Error& error) {
    return {.status = CheckStatus::unknown, .text = error.message, .values = {}};
}
inline ProbeAnswer critical(std::string text) {
    return {.status = CheckStatus::critical, .text = std::move(text), .values = {}};
}
inline ProbeAnswer good(std::string text) {
    return {.status = CheckStatus::ok, .text = std::move(text), .values = {}};
}

// As a Nagios plugin prints it: "REDIS OK - text | 'label'=value".
std::string to_plugin_output(std::string_view kind, const ProbeAnswer& answer);

}  // namespace vigie::agent
