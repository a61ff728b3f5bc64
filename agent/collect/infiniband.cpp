// /sys/class/infiniband: ports of InfiniBand adapters.
#include "agent/collect/sysfs_devices.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

// Data counters are in words of 4 bytes, one for each of four lanes: see ib_port_info in the kernel's documentation.
constexpr double words = 1.0 / 4;
constexpr std::array<AttributeSeries, 30> counters{{
    {"counters_ext/port_multicast_rcv_packets", "node_infiniband_legacy_multicast_packets_received_total"},
    {"counters_ext/port_multicast_xmit_packets", "node_infiniband_legacy_multicast_packets_transmitted_total"},
    {"counters_ext/port_rcv_data_64", "node_infiniband_legacy_data_received_bytes_total", words},
    {"counters_ext/port_rcv_packets_64", "node_infiniband_legacy_packets_received_total"},
    {"counters_ext/port_unicast_rcv_packets", "node_infiniband_legacy_unicast_packets_received_total"},
    {"counters_ext/port_unicast_xmit_packets", "node_infiniband_legacy_unicast_packets_transmitted_total"},
    {"counters_ext/port_xmit_data_64", "node_infiniband_legacy_data_transmitted_bytes_total", words},
    {"counters_ext/port_xmit_packets_64", "node_infiniband_legacy_packets_transmitted_total"},
    {"counters/excessive_buffer_overrun_errors", "node_infiniband_excessive_buffer_overrun_errors_total"},
    {"counters/link_downed", "node_infiniband_link_downed_total"},
    {"counters/link_error_recovery", "node_infiniband_link_error_recovery_total"},
    {"counters/local_link_integrity_errors", "node_infiniband_local_link_integrity_errors_total"},
    {"counters/multicast_rcv_packets", "node_infiniband_multicast_packets_received_total"},
    {"counters/multicast_xmit_packets", "node_infiniband_multicast_packets_transmitted_total"},
    {"counters/port_rcv_constraint_errors", "node_infiniband_port_constraint_errors_received_total"},
    {"counters/port_xmit_constraint_errors", "node_infiniband_port_constraint_errors_transmitted_total"},
    {"counters/port_rcv_data", "node_infiniband_port_data_received_bytes_total", words},
    {"counters/port_xmit_data", "node_infiniband_port_data_transmitted_bytes_total", words},
    {"counters/port_rcv_discards", "node_infiniband_port_discards_received_total"},
    {"counters/port_xmit_discards", "node_infiniband_port_discards_transmitted_total"},
    {"counters/port_rcv_errors", "node_infiniband_port_errors_received_total"},
    {"counters/port_rcv_packets", "node_infiniband_port_packets_received_total"},
    {"counters/port_xmit_packets", "node_infiniband_port_packets_transmitted_total"},
    {"counters/port_xmit_wait", "node_infiniband_port_transmit_wait_total"},
    {"counters/unicast_rcv_packets", "node_infiniband_unicast_packets_received_total"},
    {"counters/unicast_xmit_packets", "node_infiniband_unicast_packets_transmitted_total"},
    {"counters/port_rcv_remote_physical_errors", "node_infiniband_port_receive_remote_physical_errors_total"},
    {"counters/port_rcv_switch_relay_errors", "node_infiniband_port_receive_switch_relay_errors_total"},
    {"counters/symbol_error", "node_infiniband_symbol_error_total"},
    {"counters/VL15_dropped", "node_infiniband_vl15_dropped_total"},
}};

class InfinibandCollector final : public Collector {
  public:
    explicit InfinibandCollector(const CollectContext& context)
        : Collector("infiniband"), folder_(context.sys("/class/infiniband")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_CHECK(folder_.refresh());
        for (const auto& name : folder_.names()) {
            if (const auto device = folder_.open(name)) {
                emit_device(device.get(), name, out);
            }
        }
        return {};
    }

  private:
    void emit_device(int folder, const std::string& name, SeriesWriter& out) {
        board_ = attributes_.text(folder, "board_id");
        firmware_ = attributes_.text(folder, "fw_ver");
        out.add("node_infiniband_info",
                {{"board_id", board_},
                 {"device", name},
                 {"firmware_version", firmware_},
                 {"hca_type", attributes_.text(folder, "hca_type")}},
                1);
        FolderListing ports(folder_.path() + "/" + name + "/ports");
        ports.refresh_if_there();
        for (const auto& port : ports.names()) {
            if (const auto opened = ports.open(port)) {
                emit_port(opened.get(), name, port, out);
            }
        }
    }

    void emit_port(int folder, const std::string& device, const std::string& port, SeriesWriter& out) {
        // "4: ACTIVE": the number counts.
        const auto add_state = [&](const char* file, const char* series) {
            auto text = attributes_.text(folder, file);
            if (const auto number = number_in<uint32_t>(trimmed(cut(text, ':')))) {
                out.add(series, {{"device", device}, {"port", port}}, *number);
            }
        };
        add_state("state", "node_infiniband_state_id");
        add_state("phys_state", "node_infiniband_physical_state_id");
        if (const auto rate = parse_infiniband_rate(attributes_.text(folder, "rate"))) {
            out.add("node_infiniband_rate_bytes_per_second", {{"device", device}, {"port", port}}, *rate);
        }
        emit_attributes(folder, counters, {{"device", device}, {"port", port}}, attributes_, out);
    }

    FolderListing folder_;
    AttributeReader& attributes_;
    std::string board_, firmware_;
};

}  // namespace

std::optional<double> parse_infiniband_rate(std::string_view text) {
    constexpr double gigabit_bytes = 125'000'000;
    const auto gigabits = number_in<double>(next_field(text));
    return gigabits && next_field(text).starts_with("Gb/sec") ? std::optional(*gigabits * gigabit_bytes) : std::nullopt;
}

std::unique_ptr<Collector> make_infiniband(const CollectContext& context) {
    return std::make_unique<InfinibandCollector>(context);
}

}  // namespace vigie::agent
