// Interfaces' attributes, 22 of each: the dearest of all reads where there are a few interfaces and little else.
#include "agent/collect/netclass.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace vigie::agent {
namespace {

// 8 are 180 descriptors and 0.7 MiB of the kernel's memory; hosts of many interfaces have them for containers, which
// come and go.
constexpr size_t kept_interfaces_max = 8;

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

}  // namespace

// One interface. Its attributes are asked for in the same order each time, so that each finds its descriptor.
class Netclass::Interface {
  public:
    Interface(Fd folder, uint64_t inode, bool is_kept) : folder_(std::move(folder)), inode_(inode), is_kept_(is_kept) {}
    bool is_same(uint64_t inode) const { return inode_ == inode; }
    void emit(std::string_view device, AttributeReader& reader, SeriesWriter& out);

  private:
    // "" where it is not there or the kernel refuses it.
    std::string_view text(const char* name, AttributeReader& reader) {
        if (!is_kept_) {
            return reader.text(folder_.get(), name);
        }
        if (next_ == kept_.size()) {
            kept_.emplace_back();
        }
        const auto text = reader.read(folder_.get(), name, kept_[next_++]);
        return text ? *text : std::string_view();
    }

    Fd folder_;
    uint64_t inode_;
    bool is_kept_;
    std::vector<Fd> kept_;
    size_t next_ = 0;
};

namespace {

// The texts of one interface: kept together, since each read takes the place of the one before.
struct InfoTexts {
    std::string address, broadcast, duplex, ifalias, operstate;
};

}  // namespace

void Netclass::Interface::emit(std::string_view device, AttributeReader& reader, SeriesWriter& out) {
    next_ = 0;
    for (const auto& one : attributes) {
        if (const auto number = parse_attribute(text(one.file, reader))) {
            out.add(one.series, {{"device", device}}, *number);
        }
    }
    if (const auto megabits = parse_attribute(text("speed", reader))) {
        out.add("node_network_speed_bytes", {{"device", device}}, *megabits * megabit_bytes);
    }
    InfoTexts texts;
    texts.address = text("address", reader);
    texts.broadcast = text("broadcast", reader);
    texts.duplex = text("duplex", reader);
    texts.ifalias = text("ifalias", reader);
    texts.operstate = text("operstate", reader);
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

Netclass::Netclass(std::string folder) : folder_(std::move(folder)) {}
Netclass::~Netclass() = default;

void Netclass::emit_one(const std::string& name, AttributeReader& reader, SeriesWriter& out) {
    struct stat found {};
    // Files such as bonding_masters stand among the interfaces: they are no folders.
    if (fstatat(folder_.fd(), name.c_str(), &found, 0) != 0 || !S_ISDIR(found.st_mode)) {
        return;
    }
    // A name may have passed to another interface since: the folder tells.
    const auto known = kept_.find(name);
    if (known != kept_.end() && known->second.is_same(found.st_ino)) {
        return known->second.emit(name, reader, out);
    }
    if (known != kept_.end()) {
        kept_.erase(known);
    }
    auto opened = folder_.open(name);
    if (!opened) {
        return;
    }
    Interface fresh(std::move(opened), found.st_ino, kept_.size() < kept_interfaces_max);
    fresh.emit(name, reader, out);
    if (kept_.size() < kept_interfaces_max) {
        kept_.emplace(name, std::move(fresh));
    }
}

Result<void> Netclass::collect(std::span<const std::string> exclude, AttributeReader& reader, SeriesWriter& out) {
    VIGIE_CHECK(folder_.refresh({}, exclude));
    const auto names = folder_.names();
    std::erase_if(kept_, [&](const auto& one) { return !std::binary_search(names.begin(), names.end(), one.first); });
    for (const auto& name : names) {
        emit_one(name, reader, out);
    }
    return {};
}

}  // namespace vigie::agent
