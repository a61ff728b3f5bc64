// Rows of Family::hosts: u8 form, u8 state, u8 whether heard, i64 last_heard_at, i64 clock_ahead in ms, version, boot
// id, u32 count of labels and name and value of each, u32 count of jobs and each.
#include "controller/fleet/fleet.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {
constexpr uint8_t row_form = 1;
}

std::string host_row(const Host& host) {
    keys::KeyWriter out;
    out.u8(row_form).u8(static_cast<uint8_t>(host.state)).u8(host.last_heard_at ? 1 : 0);
    out.i64(host.last_heard_at ? unix_ms(*host.last_heard_at) : 0).i64(host.clock_ahead.count());
    out.bytes(host.agent_version).bytes(host.boot_id).u32(static_cast<uint32_t>(host.labels.size()));
    for (const auto& [name, value] : host.labels) {
        out.bytes(name).bytes(value);
    }
    out.u32(static_cast<uint32_t>(host.jobs.size()));
    for (const auto& job : host.jobs) {
        out.bytes(job);
    }
    return out.take();
}

Result<Host> read_host(std::string_view key, std::string_view row) {
    keys::KeyReader in(row);
    Host host{.id = AgentId{std::string(key)}};
    const auto form = in.u8();
    const auto state = in.u8();
    const bool was_heard = in.u8() != 0;
    const auto heard_at = wall_from_unix_ms(in.i64());
    if (was_heard) {
        host.last_heard_at = heard_at;
    }
    host.clock_ahead = milliseconds{in.i64()};
    host.agent_version = in.bytes();
    host.boot_id = in.bytes();
    for (auto left = in.u32(); left > 0 && in.is_ok(); --left) {
        auto name = in.bytes();
        host.labels.emplace(std::move(name), in.bytes());
    }
    for (auto left = in.u32(); left > 0 && in.is_ok(); --left) {
        host.jobs.push_back(in.bytes());
    }
    if (form != row_form || state < 1 || state > 4 || !in.is_ok() || !in.is_done()) {
        return fail(ErrorCode::corrupt, "store: the row of host {} can't be read", key);
    }
    host.state = static_cast<HostState>(state);
    return host;
}

}  // namespace vigie::controller
