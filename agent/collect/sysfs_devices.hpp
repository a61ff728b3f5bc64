// Classes of devices whose attributes become series as they are: tables of file, series and unit.
#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "agent/collect/context.hpp"

namespace vigie::agent {

// not_found where the kernel has no such class; thermal_zone and edac succeed without a device, as in node_exporter.
std::unique_ptr<Collector> make_edac(const CollectContext& context);
std::unique_ptr<Collector> make_fibrechannel(const CollectContext& context);
std::unique_ptr<Collector> make_infiniband(const CollectContext& context);
std::unique_ptr<Collector> make_nvme(const CollectContext& context);
std::unique_ptr<Collector> make_powersupplyclass(const CollectContext& context);
std::unique_ptr<Collector> make_tapestats(const CollectContext& context);
std::unique_ptr<Collector> make_thermal_zone(const CollectContext& context);

// "100 Gb/sec (4X EDR)" in bytes a second.
std::optional<double> parse_infiniband_rate(std::string_view text);

}  // namespace vigie::agent
