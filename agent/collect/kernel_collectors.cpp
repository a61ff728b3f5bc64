// Which file goes to which parser.
#include "agent/collect/kernel_collectors.hpp"

#include "agent/collect/cpu_sysfs.hpp"
#include "agent/collect/disk_info.hpp"
#include "agent/collect/diskstats.hpp"
#include "agent/collect/file_collector.hpp"
#include "agent/collect/kernel_clock.hpp"
#include "agent/collect/mdadm.hpp"
#include "agent/collect/meminfo.hpp"
#include "agent/collect/net_counters.hpp"
#include "agent/collect/nfs.hpp"
#include "agent/collect/numbers_collector.hpp"
#include "agent/collect/schedstat.hpp"

namespace vigie::agent {
namespace {

class CpuCollector final : public Collector {
  public:
    explicit CpuCollector(const CollectContext& context)
        : Collector("cpu"), source_(context.sources.stat), topology_(context) {}
    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        const auto& reading = source_.read_for(tick);
        if (!reading) {
            return fail(reading.error());
        }
        counters_.update(reading->cpus);
        emit(counters_, out);
        topology_.emit(reading->cpus.size(), out);
        return {};
    }

  private:
    StatSource& source_;
    CpuCounters counters_;
    CpuTopology topology_;
};

class DiskstatsCollector final : public Collector {
  public:
    explicit DiskstatsCollector(const CollectContext& context)
        : Collector("diskstats"),
          file_(context.proc("/diskstats")),
          exclude_(context.options.diskstats_exclude),
          info_(context.options.roots.udev_data, udev_buffer_),
          buffer_(context.sources.buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, file_.read(buffer_));
        VIGIE_TRY(const auto disks, parse_diskstats(text, exclude_));
        emit(disks, out);
        for (const auto& disk : disks) {
            emit_disk_info(disk.device, disk.major, disk.minor, info_.properties_of(disk.major, disk.minor), out);
        }
        return {};
    }

  private:
    ProcFile file_;
    std::vector<std::string> exclude_;
    ReadBuffer udev_buffer_;  // the readings of disks are views of the other one
    DiskInfo info_;
    ReadBuffer& buffer_;
};

class StatCollector final : public Collector {
  public:
    explicit StatCollector(StatSource& source) : Collector("stat"), source_(source) {}
    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        const auto& reading = source_.read_for(tick);
        if (!reading) {
            return fail(reading.error());
        }
        emit(*reading, out);
        return {};
    }

  private:
    StatSource& source_;
};

class MeminfoCollector final : public Collector {
  public:
    MeminfoCollector(const Roots& roots, ReadBuffer& buffer)
        : Collector("meminfo"),
          file_(roots.procfs + "/meminfo"),
          arcstats_(roots.procfs + "/spl/kstat/zfs/arcstats"),
          buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, file_.read(buffer_));
        VIGIE_TRY(const auto memory, parse_meminfo(text));
        emit(memory, out);
        std::optional<ArcReading> arc;
        if (const auto zfs = arcstats_.read(buffer_)) {
            const auto parsed = parse_arcstats(*zfs);
            arc = parsed ? std::optional(*parsed) : std::nullopt;
        }
        out.add("vigie_memory_available_bytes", static_cast<double>(available_bytes(memory, arc)));
        return {};
    }

  private:
    ProcFile file_;
    ProcFile arcstats_;
    ReadBuffer& buffer_;
};

// Each resource that the kernel does not account (a missing file, or EOPNOTSUPP on reading) is left out.
class PressureCollector final : public Collector {
  public:
    PressureCollector(const std::string& folder, ReadBuffer& buffer)
        : Collector("pressure"),
          cpu_(folder + "/cpu"),
          io_(folder + "/io"),
          memory_(folder + "/memory"),
          buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        const auto cpu = read(cpu_);
        const auto io = read(io_);
        const auto memory = read(memory_);
        if (!cpu && !io && !memory) {
            // A kernel without it, or with it switched off (EOPNOTSUPP): nothing that anybody must be told of.
            return fail(cpu.error().code == ErrorCode::io ? ErrorCode::not_found : cpu.error().code, "{}",
                        cpu.error().message);
        }
        const auto add = [&](const char* name, const Result<PressureReading>& reading, auto member) {
            if (reading && (*reading).*member) {
                out.add(name, static_cast<double>(*((*reading).*member)) / 1e6);
            }
        };
        add("node_pressure_cpu_waiting_seconds_total", cpu, &PressureReading::some_total_us);
        add("node_pressure_io_waiting_seconds_total", io, &PressureReading::some_total_us);
        add("node_pressure_io_stalled_seconds_total", io, &PressureReading::full_total_us);
        add("node_pressure_memory_waiting_seconds_total", memory, &PressureReading::some_total_us);
        add("node_pressure_memory_stalled_seconds_total", memory, &PressureReading::full_total_us);
        return {};
    }

  private:
    Result<PressureReading> read(ProcFile& file) {
        VIGIE_TRY(const auto text, file.read(buffer_));
        return parse_pressure(text);
    }
    ProcFile cpu_;
    ProcFile io_;
    ProcFile memory_;
    ReadBuffer& buffer_;
};

class TimeCollector final : public Collector {
  public:
    TimeCollector(const std::string& folder, ReadBuffer& buffer)
        : Collector("time"),
          available_(folder + "/available_clocksource"),
          current_(folder + "/current_clocksource"),
          buffer_(buffer) {}
    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        emit_time(tick.wall, out);
        if (const auto text = available_.read(buffer_)) {
            emit_clocksources(*text, out);
        }
        if (const auto text = current_.read(buffer_)) {
            emit_current_clocksource(*text, out);
        }
        return {};
    }

  private:
    ProcFile available_;
    ProcFile current_;
    ReadBuffer& buffer_;
};

class TimexCollector final : public Collector {
  public:
    TimexCollector() : Collector("timex") {}
    Result<void> collect(const Tick&, SeriesWriter& out) override { return collect_timex(out); }
};

}  // namespace

std::unique_ptr<Collector> make_cpu(const CollectContext& context) {
    return std::make_unique<CpuCollector>(context);
}
std::unique_ptr<Collector> make_diskstats(const CollectContext& context) {
    return std::make_unique<DiskstatsCollector>(context);
}
std::unique_ptr<Collector> make_entropy(const CollectContext& context) {
    return std::make_unique<NumbersCollector>(
        "entropy",
        std::vector<NumbersCollector::Source>{
            {context.proc("/sys/kernel/random/entropy_avail"), "node_entropy_available_bits"},
            {context.proc("/sys/kernel/random/poolsize"), "node_entropy_pool_size_bits"}},
        context.sources.buffer);
}
std::unique_ptr<Collector> make_meminfo(const CollectContext& context) {
    return std::make_unique<MeminfoCollector>(context.options.roots, context.sources.buffer);
}
std::unique_ptr<Collector> make_pressure(const CollectContext& context) {
    return std::make_unique<PressureCollector>(context.proc("/pressure"), context.sources.buffer);
}
std::unique_ptr<Collector> make_stat(const CollectContext& context) {
    return std::make_unique<StatCollector>(context.sources.stat);
}
std::unique_ptr<Collector> make_time(const CollectContext& context) {
    return std::make_unique<TimeCollector>(context.sys("/devices/system/clocksource/clocksource0"),
                                           context.sources.buffer);
}
std::unique_ptr<Collector> make_timex(const CollectContext&) {
    return std::make_unique<TimexCollector>();
}
std::unique_ptr<Collector> make_filefd(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_file_nr>>("filefd", context.proc("/sys/fs/file-nr"),
                                                          context.sources.buffer);
}
std::unique_ptr<Collector> make_loadavg(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_loadavg>>("loadavg", context.proc("/loadavg"), context.sources.buffer);
}
std::unique_ptr<Collector> make_mdadm(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_mdstat>>("mdadm", context.proc("/mdstat"), context.sources.buffer);
}
std::unique_ptr<Collector> make_nfs(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_nfs>>("nfs", context.proc("/net/rpc/nfs"), context.sources.buffer);
}
std::unique_ptr<Collector> make_nfsd(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_nfsd>>("nfsd", context.proc("/net/rpc/nfsd"), context.sources.buffer);
}
std::unique_ptr<Collector> make_schedstat(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_schedstat>>("schedstat", context.proc("/schedstat"),
                                                            context.sources.buffer);
}
std::unique_ptr<Collector> make_softnet(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_softnet>>("softnet", context.proc("/net/softnet_stat"),
                                                          context.sources.buffer);
}
std::unique_ptr<Collector> make_vmstat(const CollectContext& context) {
    return std::make_unique<FileCollector<parse_vmstat>>("vmstat", context.proc("/vmstat"), context.sources.buffer);
}

}  // namespace vigie::agent
