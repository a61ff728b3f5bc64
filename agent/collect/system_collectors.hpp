// What collectors share, and the list of them.
#pragma once
#include <memory>
#include <vector>

#include "agent/collect/collector.hpp"
#include "agent/collect/cpu.hpp"
#include "agent/collect/proc_file.hpp"

namespace vigie::agent {

// /proc/stat serves two collectors and is dear on hosts with many interrupts: one reading for each tick.
class StatSource {
  public:
    StatSource(std::string path, ReadBuffer& buffer) : file_(std::move(path)), buffer_(buffer) {}
    const Result<StatReading>& read_for(const Tick& tick);

  private:
    ProcFile file_;
    ReadBuffer& buffer_;
    uint64_t read_for_ = 0;
    Result<StatReading> reading_;
};

struct CollectorSources {
    explicit CollectorSources(const Roots& roots) : stat(roots.procfs + "/stat", buffer) {}
    ReadBuffer buffer;
    StatSource stat;
};

// In the order in which they run, under node_exporter's names.
std::vector<std::unique_ptr<Collector>> make_system_collectors(const CollectOptions& options, CollectorSources& sources,
                                                               FileSystemReader& file_systems);

}  // namespace vigie::agent
