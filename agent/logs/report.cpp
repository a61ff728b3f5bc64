#include "agent/logs/report.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "shared/core/units.hpp"

namespace vigie::agent::logs {

std::string_view name_of(Outcome outcome) {
    constexpr std::array<std::string_view, 4> names{"rotated", "planned", "not_due", "failed"};
    return names.at(static_cast<size_t>(outcome));
}

std::string to_text(const RotationReport& report, bool verbose) {
    std::string text;
    std::array<size_t, 4> counts{};
    for (const auto& log : report.logs) {
        ++counts.at(static_cast<size_t>(log.outcome));
        if (log.outcome == Outcome::not_due && !verbose) {
            continue;
        }
        text += fmt::format("{}: {}", log.path, log.outcome == Outcome::not_due ? "not due" : name_of(log.outcome));
        if (!log.reason.empty()) {
            text += fmt::format(" ({})", log.reason);
        }
        if (log.outcome != Outcome::not_due) {
            text += fmt::format(", {}", format_bytes(Bytes{log.bytes}));
        }
        if (!log.archives.empty()) {
            text += fmt::format(" -> {}", log.archives.front());
        }
        text += '\n';
        for (const auto& step : log.steps) {
            text += fmt::format("  {}\n", step);
        }
    }
    text += fmt::format("{} rotated, {} not due, {} failed", counts[0], counts[2], counts[3]);
    return text + (counts[1] > 0 ? fmt::format(", {} would be rotated\n", counts[1]) : "\n");
}

std::string to_json(const RotationReport& report) {
    auto logs = nlohmann::json::array();
    for (const auto& log : report.logs) {
        nlohmann::json entry{{"path", log.path},
                             {"outcome", name_of(log.outcome)},
                             {"reason", log.reason},
                             {"bytes", log.bytes},
                             {"archives", log.archives}};
        if (log.outcome == Outcome::planned) {
            entry["steps"] = log.steps;
        }
        logs.push_back(std::move(entry));
    }
    const nlohmann::json whole{{"logs", std::move(logs)}, {"warnings", report.warnings}, {"errors", report.errors}};
    return whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace vigie::agent::logs
