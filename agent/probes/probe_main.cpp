// The table of probes, and what is measured of all of them.
#include "agent/probes/probe_main.hpp"

#include <array>

#include "agent/checks/kinds.hpp"
#include "agent/probes/probe.hpp"

namespace vigie::agent {
namespace {

struct NamedProbe {
    std::string_view kind;
    Probe probe;
};
constexpr std::array<NamedProbe, 12> probes{{{"tcp", probe_tcp},
                                             {"http", probe_http},
                                             {"https", probe_http},
                                             {"postgresql", probe_postgresql},
                                             {"mariadb", probe_mariadb},
                                             {"redis", probe_redis},
                                             {"amqp", probe_amqp},
                                             {"smtp", probe_smtp},
                                             {"dns", probe_dns},
                                             {"process", probe_process},
                                             {"systemd", probe_systemd},
                                             {"file", probe_file}}};

ProbeAnswer run(const ProbeWords& words, const ProbeWorld& world) {
    const auto started = world.clock.mono();
    const ProbeContext context{.settings = words.settings,
                               .clock = world.clock,
                               .deadline = started + words.timeout,
                               .procfs = world.procfs,
                               .systemctl = world.systemctl};
    ProbeAnswer answer = unknown({ErrorCode::unsupported, "no probe of this kind"});
    for (const auto& [kind, probe] : probes) {
        if (kind == words.kind->name) {
            auto given = probe(context);
            answer = given ? std::move(*given) : critical(given.error().message);
        }
    }
    const bool is_success = answer.status == CheckStatus::ok || answer.status == CheckStatus::warning;
    answer.values.push_back({.label = "probe_success", .value = is_success ? 1.0 : 0.0, .unit = {}});
    answer.values.push_back({.label = "probe_duration_seconds",
                             .value = std::chrono::duration<double>(world.clock.mono() - started).count(),
                             .unit = "s"});
    return answer;
}

}  // namespace

int probe_main(const std::vector<std::string>& words, const ProbeWorld& world, std::ostream& out) {
    const auto read = read_probe_words(words);
    const auto answer = read ? run(*read, world) : unknown(read.error());
    out << to_plugin_output(read ? read->kind->name : "check", answer) << std::flush;
    return static_cast<int>(answer.status);
}

}  // namespace vigie::agent
