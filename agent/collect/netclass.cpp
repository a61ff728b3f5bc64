// Interfaces' attributes.
#include "agent/collect/netclass.hpp"

#include <array>

namespace vigie::agent {
namespace {

constexpr double megabit_bytes = 1e6 / 8;
constexpr std::array<AttributeSeries, 16> attributes{{
    {"addr_assign_type", "node_network_address_assign_type"},
    {"carrier", "node_network_carrier"},
    {"carrier_changes", "node_network_carrier_changes_total"},
    {"carrier_up_count", "node_network_carrier_up_changes_total"},
    {"carrier_down_count", "node_network_carrier_down_changes_total"},
    {"dev_id", "node_network_device_id"},
    {"dormant", "node_network_dormant"},
    {"flags", "node_network_flags"},
    {"ifindex", "node_network_iface_id"},
    {"iflink", "node_network_iface_link"},
    {"link_mode", "node_network_iface_link_mode"},
    {"mtu", "node_network_mtu_bytes"},
    {"name_assign_type", "node_network_name_assign_type"},
    {"netdev_group", "node_network_net_dev_group"},
    {"type", "node_network_protocol_type"},
    {"tx_queue_len", "node_network_transmit_queue_length"},
}};

// The texts of one interface: kept together, since each read takes the place of the one before.
struct InfoTexts {
    std::string address, broadcast, duplex, ifalias, operstate;
};

void emit_interface(int folder, std::string_view device, AttributeReader& reader, InfoTexts& texts, SeriesWriter& out) {
    emit_attributes(folder, attributes, {{"device", device}}, reader, out);
    if (const auto megabits = reader.number(folder, "speed")) {
        out.add("node_network_speed_bytes", {{"device", device}}, *megabits * megabit_bytes);
    }
    texts.address = reader.text(folder, "address");
    texts.broadcast = reader.text(folder, "broadcast");
    texts.duplex = reader.text(folder, "duplex");
    texts.ifalias = reader.text(folder, "ifalias");
    texts.operstate = reader.text(folder, "operstate");
    out.add("node_network_up", {{"device", device}}, texts.operstate == "up" ? 1 : 0);
    out.add("node_network_info",
            {{"address", texts.address},
             {"broadcast", texts.broadcast},
             {"device", device},
             {"duplex", texts.duplex},
             {"ifalias", texts.ifalias},
             {"operstate", texts.operstate}},
            1);
}

}  // namespace

Result<void> collect_netclass(FolderListing& folder, std::span<const std::string> exclude, AttributeReader& reader,
                              SeriesWriter& out) {
    VIGIE_CHECK(folder.refresh({}, exclude));
    InfoTexts texts;
    for (const auto& name : folder.names()) {
        // Files such as bonding_masters stand among the interfaces: they are no folders.
        if (const auto interface = folder.open(name)) {
            emit_interface(interface.get(), name, reader, texts, out);
        }
    }
    return {};
}

}  // namespace vigie::agent
