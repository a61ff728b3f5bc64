// Network interfaces' traffic.
#include "agent/collect/netdev.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

// In the order of the columns, receive and then transmit.
constexpr std::array<const char*, netdev_fields_count> netdev_series{
    "node_network_receive_bytes_total",      "node_network_receive_packets_total",
    "node_network_receive_errs_total",       "node_network_receive_drop_total",
    "node_network_receive_fifo_total",       "node_network_receive_frame_total",
    "node_network_receive_compressed_total", "node_network_receive_multicast_total",
    "node_network_transmit_bytes_total",     "node_network_transmit_packets_total",
    "node_network_transmit_errs_total",      "node_network_transmit_drop_total",
    "node_network_transmit_fifo_total",      "node_network_transmit_colls_total",
    "node_network_transmit_carrier_total",   "node_network_transmit_compressed_total"};

}  // namespace

Result<std::vector<NetdevReading>> parse_netdev(std::string_view text, std::span<const std::string> exclude) {
    std::vector<NetdevReading> devices;
    next_line(text);  // two lines of headings
    next_line(text);
    while (!text.empty()) {
        auto line = next_line(text);
        // The last colon: an alias such as "eth0:1" has one of its own.
        const auto colon = line.rfind(':');
        if (colon == std::string_view::npos) {
            return fail(ErrorCode::malformed, "net/dev: no colon in '{}'", line.substr(0, 64));
        }
        NetdevReading device{.device = trimmed(line.substr(0, colon))};
        if (matches_any(exclude, device.device)) {
            continue;
        }
        line.remove_prefix(colon + 1);
        for (auto& field : device.fields) {
            const auto number = number_in<uint64_t>(next_field(line));
            if (!number) {
                return fail(ErrorCode::malformed, "net/dev: {}: a field is missing or no number", device.device);
            }
            field = *number;
        }
        devices.push_back(device);
    }
    return devices;
}

void emit(const std::vector<NetdevReading>& devices, SeriesWriter& out) {
    for (const auto& device : devices) {
        for (size_t i = 0; i < netdev_fields_count; ++i) {
            out.add(netdev_series[i], {{"device", device.device}}, static_cast<double>(device.fields[i]));
        }
    }
}

}  // namespace vigie::agent
