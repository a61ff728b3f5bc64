// Software RAID. A device is a line such as "md0 : active raid1 sdb1[1] sda1[0](F)", one of its size and members, and
// perhaps one of its bitmap and one of what is under way.
#include "agent/collect/mdadm.hpp"

#include <algorithm>
#include <array>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

double count_of(std::string_view text, std::string_view what) {
    double count = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) {
        ++count;
    }
    return count;
}

bool has(std::string_view text, std::string_view what) {
    return text.find(what) != std::string_view::npos;
}

// "[2/1] [U_]" in the line of the size: required, active.
bool read_members(std::string_view line, MdReading& device) {
    for (auto at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
        auto rest = line.substr(at + 1);
        auto inside = cut(rest, ']');
        const auto required = number_in<uint64_t>(cut(inside, '/'));
        const auto active = number_in<uint64_t>(inside);
        if (required && active && (rest.starts_with(" [U") || rest.starts_with(" [_"))) {
            device.disks_required = static_cast<double>(*required);
            device.disks_active = static_cast<double>(*active);
            return true;
        }
    }
    return false;
}

Result<void> read_size(std::string_view heading, std::string_view line, MdReading& device) {
    auto rest = line;
    const auto blocks = number_in<uint64_t>(next_field(rest));
    if (!blocks) {
        return fail(ErrorCode::malformed, "mdstat: {}: no size in the line after it", device.device);
    }
    device.blocks = device.blocks_synced = static_cast<double>(*blocks);
    if (has(heading, "raid0") || has(heading, "linear")) {
        // Without redundancy there is no count of members: each of the heading has a number in brackets.
        device.disks_required = device.disks_active = count_of(heading, "[");
    } else if (device.state != "inactive" && !read_members(line, device)) {
        return fail(ErrorCode::malformed, "mdstat: {}: no count of its members", device.device);
    }
    return {};
}

// "[=>…] recovery = 8.5% (16775552/195310144) finish=…", or "resync=PENDING": nothing is synced yet.
Result<void> read_progress(std::string_view line, MdReading& device) {
    struct Activity {
        std::string_view word;
        std::string_view state;
    };
    constexpr std::array<Activity, 3> activities{
        {{"recovery", "recovering"}, {"check", "check"}, {"resync", "resync"}}};
    const auto found =
        std::find_if(activities.begin(), activities.end(), [&](const auto& a) { return has(line, a.word); });
    if (found == activities.end()) {
        return {};
    }
    device.state = found->state;
    device.blocks_synced = 0;
    if (has(line, "PENDING") || has(line, "DELAYED") || has(line, "REMOTE")) {
        return {};
    }
    auto rest = line.substr(std::min(line.find('('), line.size()));
    const auto synced = number_in<uint64_t>(cut(rest, '/').substr(rest.empty() ? 0 : 1));
    if (!synced) {
        return fail(ErrorCode::malformed, "mdstat: {}: no count of blocks in '{}'", device.device,
                    trimmed(line).substr(0, 64));
    }
    device.blocks_synced = static_cast<double>(*synced);
    return {};
}

bool is_heading(std::string_view line) {
    return !line.empty() && line[0] != ' ' && !line.starts_with("Personalities") && !line.starts_with("unused");
}

}  // namespace

Result<std::vector<MdReading>> parse_mdstat(std::string_view text) {
    std::vector<MdReading> devices;
    while (!text.empty()) {
        const auto heading = next_line(text);
        if (!is_heading(heading)) {
            continue;
        }
        auto rest = heading;
        MdReading device;
        device.device = next_field(rest);
        next_field(rest);  // a colon
        device.state = next_field(rest);
        if (device.state.empty()) {
            return fail(ErrorCode::malformed, "mdstat: '{}' has no state", device.device.substr(0, 32));
        }
        device.disks_failed = count_of(heading, "(F)");
        device.disks_spare = count_of(heading, "(S)");
        VIGIE_CHECK(read_size(heading, next_line(text), device));
        while (text.starts_with(' ') && device.state != "check" && device.state != "resync" &&
               device.state != "recovering") {
            VIGIE_CHECK(read_progress(next_line(text), device));
        }
        devices.push_back(device);
    }
    return devices;
}

void emit(const std::vector<MdReading>& devices, SeriesWriter& out) {
    for (const auto& one : devices) {
        out.add("node_md_blocks", {{"device", one.device}}, one.blocks);
        out.add("node_md_blocks_synced", {{"device", one.device}}, one.blocks_synced);
        out.add("node_md_disks", {{"device", one.device}, {"state", "active"}}, one.disks_active);
        out.add("node_md_disks", {{"device", one.device}, {"state", "failed"}}, one.disks_failed);
        out.add("node_md_disks", {{"device", one.device}, {"state", "spare"}}, one.disks_spare);
        out.add("node_md_disks_required", {{"device", one.device}}, one.disks_required);
        for (const auto* state : {"active", "check", "inactive", "recovering", "resync"}) {
            out.add("node_md_state", {{"device", one.device}, {"state", state}}, one.state == state ? 1 : 0);
        }
    }
}

}  // namespace vigie::agent
