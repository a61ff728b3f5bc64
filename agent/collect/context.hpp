// What the collectors of one set share.
#pragma once
#include "agent/collect/attributes.hpp"
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
    AttributeReader attributes;
    StatSource stat;
};

// Lives only while collectors are made; what they keep of it is the sources, the clock, the mounts' prober and
// systemd's reading.
struct CollectContext {
    const CollectOptions& options;
    CollectorSources& sources;
    MountProber& mounts;
    Clock& clock;
    const SystemdSource* systemd = nullptr;
    std::string proc(std::string_view path) const { return options.roots.procfs + std::string(path); }
    std::string sys(std::string_view path) const { return options.roots.sysfs + std::string(path); }
};

}  // namespace vigie::agent
