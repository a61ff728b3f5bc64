// Which collectors there are and which files each reads.
#include "agent/collect/system_collectors.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>

#include "agent/collect/diskstats.hpp"
#include "agent/collect/filesystem.hpp"
#include "agent/collect/kernel_clock.hpp"
#include "agent/collect/meminfo.hpp"
#include "agent/collect/net_counters.hpp"
#include "agent/collect/netclass.hpp"
#include "agent/collect/netdev.hpp"
#include "agent/collect/small_files.hpp"

namespace vigie::agent {

const Result<StatReading>& StatSource::read_for(const Tick& tick) {
    if (read_for_ != tick.number) {
        read_for_ = tick.number;
        auto text = file_.read(buffer_);
        reading_ = text ? parse_stat(*text) : Result<StatReading>(fail(std::move(text.error())));
    }
    return reading_;
}

namespace {

// A collector of one file: what the parser read goes to emit().
template <auto parse>
class FileCollector final : public Collector {
  public:
    FileCollector(const char* name, std::string path, ReadBuffer& buffer)
        : Collector(name), file_(std::move(path)), buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, file_.read(buffer_));
        VIGIE_TRY(const auto reading, parse(text));
        emit(reading, out);
        return {};
    }

  private:
    ProcFile file_;
    ReadBuffer& buffer_;
};

class CpuCollector final : public Collector {
  public:
    explicit CpuCollector(StatSource& source) : Collector("cpu"), source_(source) {}
    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        const auto& reading = source_.read_for(tick);
        if (!reading) {
            return fail(reading.error());
        }
        counters_.update(reading->cpus);
        emit(counters_, out);
        return {};
    }

  private:
    StatSource& source_;
    CpuCounters counters_;
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

class NetdevCollector final : public Collector {
  public:
    NetdevCollector(std::string path, std::vector<std::string> exclude, ReadBuffer& buffer)
        : Collector("netdev"), file_(std::move(path)), exclude_(std::move(exclude)), buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, file_.read(buffer_));
        VIGIE_TRY(const auto devices, parse_netdev(text, exclude_));
        emit(devices, out);
        return {};
    }

  private:
    ProcFile file_;
    std::vector<std::string> exclude_;
    ReadBuffer& buffer_;
};

class NetclassCollector final : public Collector {
  public:
    NetclassCollector(std::string folder, std::vector<std::string> exclude, ReadBuffer& buffer)
        : Collector("netclass"), folder_(std::move(folder)), exclude_(std::move(exclude)), buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        return collect_netclass(folder_, exclude_, buffer_, out);
    }

  private:
    std::string folder_;
    std::vector<std::string> exclude_;
    ReadBuffer& buffer_;
};

// snmp, netstat and, with IPv6, snmp6. The buffer is shared, so each text is emitted before the next is read.
class NetstatCollector final : public Collector {
  public:
    NetstatCollector(const std::string& folder, ReadBuffer& buffer)
        : Collector("netstat"),
          snmp_(folder + "/snmp"),
          netstat_(folder + "/netstat"),
          snmp6_(folder + "/snmp6"),
          buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        for (auto* file : {&snmp_, &netstat_}) {
            VIGIE_TRY(const auto text, file->read(buffer_));
            VIGIE_TRY(const auto counters, parse_net_pairs(text));
            emit(counters, out);
        }
        if (const auto text = snmp6_.read(buffer_)) {
            VIGIE_TRY(const auto counters, parse_snmp6(*text));
            emit(counters, out);
        }
        return {};
    }

  private:
    ProcFile snmp_;
    ProcFile netstat_;
    ProcFile snmp6_;
    ReadBuffer& buffer_;
};

class SockstatCollector final : public Collector {
  public:
    SockstatCollector(const std::string& folder, ReadBuffer& buffer)
        : Collector("sockstat"), v4_(folder + "/sockstat"), v6_(folder + "/sockstat6"), buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, v4_.read(buffer_));
        VIGIE_TRY(const auto counters, parse_sockstat(text));
        emit_sockstat(counters, page_bytes_, out);
        if (const auto text6 = v6_.read(buffer_)) {
            VIGIE_TRY(const auto counters6, parse_sockstat(*text6));
            emit_sockstat(counters6, page_bytes_, out);
        }
        return {};
    }

  private:
    ProcFile v4_;
    ProcFile v6_;
    ReadBuffer& buffer_;
    double page_bytes_ = static_cast<double>(sysconf(_SC_PAGESIZE));
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
            return fail(cpu.error());
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

// Files of one number each, under a series of their own. The first is needed, the others may be missing.
class NumbersCollector final : public Collector {
  public:
    struct Source {
        std::string path;
        const char* series;
    };
    NumbersCollector(const char* name, const std::vector<Source>& sources, ReadBuffer& buffer)
        : Collector(name), buffer_(buffer) {
        for (const auto& source : sources) {
            files_.emplace_back(ProcFile(source.path), source.series);
        }
    }
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        for (size_t i = 0; i < files_.size(); ++i) {
            auto& [file, series] = files_[i];
            const auto text = file.read(buffer_);
            if (!text && i == 0) {
                return fail(text.error());
            }
            if (text) {
                VIGIE_TRY(const auto number, parse_number(*text, file.path()));
                out.add(series, number);
            }
        }
        return {};
    }

  private:
    std::vector<std::pair<ProcFile, const char*>> files_;
    ReadBuffer& buffer_;
};

class ConntrackCollector final : public Collector {
  public:
    ConntrackCollector(const Roots& roots, ReadBuffer& buffer)
        : Collector("conntrack"),
          numbers_("conntrack",
                   {{roots.procfs + "/sys/net/netfilter/nf_conntrack_count", "node_nf_conntrack_entries"},
                    {roots.procfs + "/sys/net/netfilter/nf_conntrack_max", "node_nf_conntrack_entries_limit"}},
                   buffer),
          stat_(roots.procfs + "/net/stat/nf_conntrack"),
          buffer_(buffer) {}
    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        VIGIE_CHECK(numbers_.collect(tick, out));
        if (const auto text = stat_.read(buffer_)) {
            VIGIE_TRY(const auto reading, parse_conntrack(*text));
            emit(reading, out);
        }
        return {};
    }

  private:
    NumbersCollector numbers_;
    ProcFile stat_;
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

class UnameCollector final : public Collector {
  public:
    UnameCollector() : Collector("uname") {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        utsname raw{};
        if (uname(&raw) != 0) {
            return fail(errno_error(errno, "uname"));
        }
        out.add("node_uname_info",
                {{"domainname", static_cast<const char*>(raw.domainname)},
                 {"machine", static_cast<const char*>(raw.machine)},
                 {"nodename", static_cast<const char*>(raw.nodename)},
                 {"release", static_cast<const char*>(raw.release)},
                 {"sysname", static_cast<const char*>(raw.sysname)},
                 {"version", static_cast<const char*>(raw.version)}},
                1);
        return {};
    }
};

}  // namespace

std::vector<std::unique_ptr<Collector>> make_system_collectors(const CollectOptions& options, CollectorSources& sources,
                                                               FileSystemReader& file_systems) {
    const auto& roots = options.roots;
    const auto& proc = roots.procfs;
    const auto net = proc + "/net";
    auto& buffer = sources.buffer;
    std::vector<std::unique_ptr<Collector>> all;
    all.push_back(std::make_unique<ConntrackCollector>(roots, buffer));
    all.push_back(std::make_unique<CpuCollector>(sources.stat));
    all.push_back(std::make_unique<FileCollector<parse_diskstats>>("diskstats", proc + "/diskstats", buffer));
    all.push_back(std::make_unique<NumbersCollector>(
        "entropy",
        std::vector<NumbersCollector::Source>{
            {proc + "/sys/kernel/random/entropy_avail", "node_entropy_available_bits"},
            {proc + "/sys/kernel/random/poolsize", "node_entropy_pool_size_bits"}},
        buffer));
    all.push_back(std::make_unique<FileCollector<parse_file_nr>>("filefd", proc + "/sys/fs/file-nr", buffer));
    all.push_back(std::make_unique<FilesystemCollector>(roots, buffer, file_systems));
    all.push_back(std::make_unique<FileCollector<parse_loadavg>>("loadavg", proc + "/loadavg", buffer));
    all.push_back(std::make_unique<MeminfoCollector>(roots, buffer));
    all.push_back(std::make_unique<NetclassCollector>(roots.sysfs + "/class/net", options.netclass_exclude, buffer));
    all.push_back(std::make_unique<NetdevCollector>(net + "/dev", options.netdev_exclude, buffer));
    all.push_back(std::make_unique<NetstatCollector>(net, buffer));
    all.push_back(std::make_unique<PressureCollector>(proc + "/pressure", buffer));
    all.push_back(std::make_unique<SockstatCollector>(net, buffer));
    all.push_back(std::make_unique<FileCollector<parse_softnet>>("softnet", net + "/softnet_stat", buffer));
    all.push_back(std::make_unique<StatCollector>(sources.stat));
    all.push_back(std::make_unique<TimeCollector>(roots.sysfs + "/devices/system/clocksource/clocksource0", buffer));
    all.push_back(std::make_unique<TimexCollector>());
    all.push_back(std::make_unique<UnameCollector>());
    all.push_back(std::make_unique<FileCollector<parse_vmstat>>("vmstat", proc + "/vmstat", buffer));
    return all;
}

}  // namespace vigie::agent
