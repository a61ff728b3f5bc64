// Interfaces' attributes.
#include "agent/collect/netclass.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include "agent/collect/text.hpp"

namespace vigie::agent {
namespace {

struct Attribute {
    const char* file;
    const char* series;
    double factor;
};
constexpr double megabit_bytes = 1e6 / 8;
constexpr std::array<Attribute, 16> attributes{{
    {"addr_assign_type", "node_network_address_assign_type", 1},
    {"carrier", "node_network_carrier", 1},
    {"carrier_changes", "node_network_carrier_changes_total", 1},
    {"carrier_up_count", "node_network_carrier_up_changes_total", 1},
    {"carrier_down_count", "node_network_carrier_down_changes_total", 1},
    {"dev_id", "node_network_device_id", 1},
    {"dormant", "node_network_dormant", 1},
    {"flags", "node_network_flags", 1},
    {"ifindex", "node_network_iface_id", 1},
    {"iflink", "node_network_iface_link", 1},
    {"link_mode", "node_network_iface_link_mode", 1},
    {"mtu", "node_network_mtu_bytes", 1},
    {"name_assign_type", "node_network_name_assign_type", 1},
    {"netdev_group", "node_network_net_dev_group", 1},
    {"type", "node_network_protocol_type", 1},
    {"tx_queue_len", "node_network_transmit_queue_length", 1},
}};

// Decimal, or hexadecimal with 0x.
std::optional<double> parse_attribute(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with("0x")) {
        const auto number = hex_in(text.substr(2));
        return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    }
    const auto number = number_in<int64_t>(text);
    return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

std::string text_of(int folder, const char* file, ReadBuffer& buffer) {
    const auto text = read_once(folder, file, buffer);
    return text ? std::string(trimmed(*text)) : std::string();
}

void emit_interface(int folder, std::string_view device, ReadBuffer& buffer, SeriesWriter& out) {
    for (const auto& attribute : attributes) {
        const auto text = read_once(folder, attribute.file, buffer);
        if (const auto number = text ? parse_attribute(*text) : std::nullopt) {
            out.add(attribute.series, {{"device", device}}, *number * attribute.factor);
        }
    }
    const auto speed = read_once(folder, "speed", buffer);
    if (const auto megabits = speed ? parse_attribute(*speed) : std::nullopt) {
        out.add("node_network_speed_bytes", {{"device", device}}, *megabits * megabit_bytes);
    }
    const auto operstate = text_of(folder, "operstate", buffer);
    out.add("node_network_up", {{"device", device}}, operstate == "up" ? 1 : 0);
    out.add("node_network_info",
            {{"address", text_of(folder, "address", buffer)},
             {"broadcast", text_of(folder, "broadcast", buffer)},
             {"device", device},
             {"duplex", text_of(folder, "duplex", buffer)},
             {"ifalias", text_of(folder, "ifalias", buffer)},
             {"operstate", operstate}},
            1);
}

}  // namespace

Result<void> collect_netclass(const std::string& folder, std::span<const std::string> exclude, ReadBuffer& buffer,
                              SeriesWriter& out) {
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(folder.c_str()), closedir);
    if (!listing) {
        return fail(errno_error(errno, "list " + folder));
    }
    std::vector<std::string> names;
    while (const auto* entry = readdir(listing.get())) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with('.') && !matches_any(exclude, name)) {
            names.emplace_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        // Files such as bonding_masters stand among the interfaces: they are no folders.
        const Fd interface(openat(dirfd(listing.get()), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (interface) {
            emit_interface(interface.get(), name, buffer, out);
        }
    }
    return {};
}

}  // namespace vigie::agent
