// The collectors of the kernel's own counters, around the parsers of cpu, meminfo, diskstats, small_files and
// kernel_clock.
#pragma once
#include <memory>

#include "agent/collect/context.hpp"

namespace vigie::agent {

std::unique_ptr<Collector> make_cpu(const CollectContext& context);
std::unique_ptr<Collector> make_diskstats(const CollectContext& context);
std::unique_ptr<Collector> make_entropy(const CollectContext& context);
std::unique_ptr<Collector> make_filefd(const CollectContext& context);
std::unique_ptr<Collector> make_loadavg(const CollectContext& context);
std::unique_ptr<Collector> make_mdadm(const CollectContext& context);
std::unique_ptr<Collector> make_meminfo(const CollectContext& context);
std::unique_ptr<Collector> make_nfs(const CollectContext& context);
std::unique_ptr<Collector> make_nfsd(const CollectContext& context);
std::unique_ptr<Collector> make_pressure(const CollectContext& context);
std::unique_ptr<Collector> make_schedstat(const CollectContext& context);
std::unique_ptr<Collector> make_softnet(const CollectContext& context);
std::unique_ptr<Collector> make_stat(const CollectContext& context);
std::unique_ptr<Collector> make_time(const CollectContext& context);
std::unique_ptr<Collector> make_timex(const CollectContext& context);
std::unique_ptr<Collector> make_vmstat(const CollectContext& context);

}  // namespace vigie::agent
