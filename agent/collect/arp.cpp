// Neighbours.
#include "agent/collect/arp.hpp"

#include <algorithm>

#include "agent/series/text.hpp"

namespace vigie::agent {

Result<std::vector<ArpReading>> parse_arp(std::string_view text, std::span<const std::string> exclude) {
    constexpr size_t columns_min = 6;  // address, hardware type, flags, hardware address, mask, device
    std::vector<ArpReading> devices;
    while (!text.empty()) {
        auto line = next_line(text);
        if (line.starts_with("IP address")) {
            continue;
        }
        std::string_view device;
        size_t columns = 0;
        for (auto field = next_field(line); !field.empty(); field = next_field(line)) {
            device = field;
            ++columns;
        }
        if (columns < columns_min) {
            return fail(ErrorCode::malformed, "arp: a line of {} columns", columns);
        }
        if (matches_any(exclude, device)) {
            continue;
        }
        const auto known =
            std::find_if(devices.begin(), devices.end(), [&](const auto& one) { return one.device == device; });
        if (known != devices.end()) {
            ++known->entries;
        } else {
            devices.push_back({device, 1});
        }
    }
    return devices;
}

void emit(const std::vector<ArpReading>& devices, SeriesWriter& out) {
    for (const auto& one : devices) {
        out.add("node_arp_entries", {{"device", one.device}}, static_cast<double>(one.entries));
    }
}

namespace {

class ArpCollector final : public Collector {
  public:
    explicit ArpCollector(const CollectContext& context)
        : Collector("arp"),
          file_(context.proc("/net/arp")),
          exclude_(context.options.arp_exclude),
          buffer_(context.sources.buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, file_.read(buffer_));
        VIGIE_TRY(const auto devices, parse_arp(text, exclude_));
        emit(devices, out);
        return {};
    }

  private:
    ProcFile file_;
    std::vector<std::string> exclude_;
    ReadBuffer& buffer_;
};

}  // namespace

std::unique_ptr<Collector> make_arp(const CollectContext& context) {
    return std::make_unique<ArpCollector>(context);
}

}  // namespace vigie::agent
