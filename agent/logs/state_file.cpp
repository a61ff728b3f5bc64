#include "agent/logs/state_file.hpp"

#include <set>

#include "agent/logs/private_copy.hpp"

namespace vigie::agent::logs {
namespace {

constexpr Bytes state_bytes_max = 64_MiB;  // some 500,000 logs
constexpr auto unused_max = 24h * 366;     // a yearly log has rotated by then

}  // namespace

Result<RotationState> read_state_file(Files& files, const std::string& path) {
    if (!files.is_present(path)) {
        return RotationState{};
    }
    VIGIE_TRY(const auto text, files.read(path, state_bytes_max));
    return text.empty() ? Result<RotationState>(RotationState{}) : parse_state(text, path);
}

Result<void> write_state_file(Files& files, const std::string& path, const RotationState& state) {
    const auto access = access_of(path);
    VIGIE_CHECK(files.write_atomically(path, write_state(state), access.mode));
    restore_acl(path, access);
    return {};
}

bool forget_unused(RotationState& state, const Found& found, WallTime now) {
    std::set<std::string> used;
    for (const auto* logs : {&found.logs, &found.gone}) {
        for (const auto& log : *logs) {
            used.insert(log.path);
        }
    }
    return std::erase_if(state.last_rotated, [&](const auto& entry) {
               return now - entry.second > unused_max && !used.contains(entry.first);
           }) > 0;
}

}  // namespace vigie::agent::logs
