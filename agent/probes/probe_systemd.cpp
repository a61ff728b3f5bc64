// systemd: whether a unit is active, by systemctl's word.
#include "agent/probes/capture.hpp"
#include "agent/probes/probe.hpp"
#include "agent/probes/unit_state.hpp"

namespace vigie::agent {

Result<ProbeAnswer> probe_systemd(const ProbeContext& context) {
    const auto unit = context.text("unit");
    const auto output = capture({context.systemctl, "show", "--property=LoadState,ActiveState,SubState", "--", unit},
                                context.clock, context.deadline);
    if (!output) {
        return unknown(output.error());
    }
    const auto state = parse_unit_state(*output);
    if (!state) {
        return unknown(
            {ErrorCode::malformed, fmt::format("{} does not tell the state of {}", context.systemctl, unit)});
    }
    if (state->load != "loaded") {
        return critical(fmt::format("{} is {}", unit, state->load));
    }
    const auto text = fmt::format("{} is {} ({})", unit, state->active, state->sub);
    if (state->active == "active") {
        return good(text);
    }
    const bool is_between = state->active == "reloading" || state->active == "activating";
    return ProbeAnswer{.status = is_between ? CheckStatus::warning : CheckStatus::critical, .text = text, .values = {}};
}

}  // namespace vigie::agent
