// A walk through the groups.
#include "agent/collect/cgroup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "agent/collect/cgroup_files.hpp"
#include "agent/collect/small_files.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr double microseconds = 1e6;
// Groups come and go with services and logins; listing the tree costs more than reading a few of them.
constexpr uint64_t ticks_between_lists = 3;

void list_below(const std::string& root, const std::string& id, int64_t depth, std::span<const std::string> exclude,
                CgroupTree& tree) {
    std::error_code ignored;  // a group that has gone has no children
    std::vector<std::string> children;
    for (std::filesystem::directory_iterator at(root + id, ignored), end; !ignored && at != end;
         at.increment(ignored)) {
        if (at->is_directory(ignored)) {
            children.push_back(id + "/" + at->path().filename().string());
        }
    }
    std::sort(children.begin(), children.end());
    for (const auto& child : children) {
        if (matches_any(exclude, child)) {
            continue;
        }
        if (tree.ids.size() < cgroups_max) {
            tree.ids.push_back(child);
        } else {
            ++tree.left_out;
        }
        if (depth > 1) {
            list_below(root, child, depth - 1, exclude, tree);
        }
    }
}

}  // namespace

CgroupTree list_cgroups(const std::string& root, int64_t depth, std::span<const std::string> exclude) {
    CgroupTree tree;
    list_below(root, "", depth, exclude, tree);
    return tree;
}

namespace {

class CgroupCollector final : public Collector {
  public:
    explicit CgroupCollector(const CollectContext& context)
        : Collector("cgroup"),
          root_(context.sys("/fs/cgroup")),
          block_devices_(context.sys("/dev/block/")),
          depth_(context.options.cgroup_depth),
          exclude_(context.options.cgroup_exclude),
          attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick& tick, SeriesWriter& out) override {
        if (access((root_ + "/cgroup.controllers").c_str(), F_OK) != 0) {
            return fail(errno_error(errno, root_ + "/cgroup.controllers"));
        }
        if (tick.number >= list_again_at_) {
            tree_ = list_cgroups(root_, depth_, exclude_);
            list_again_at_ = tick.number + ticks_between_lists;
        }
        for (const auto& id : tree_.ids) {
            path_.assign(root_).append(id);
            // One that has gone meanwhile is missing alone.
            if (const Fd folder{open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}) {
                emit_cpu(folder.get(), id, out);
                emit_memory(folder.get(), id, out);
                emit_io(folder.get(), id, out);
                emit_threads(folder.get(), id, out);
                emit_pressure(folder.get(), id, out);
            }
        }
        out.add("vigie_cgroups_left_out", static_cast<double>(tree_.left_out));
        return {};
    }

  private:
    // What a file says, or nothing: a group lacks the files of controllers that are off for it, and a file that this
    // version does not understand is left out alone.
    template <auto parse>
    auto reading_of(int folder, const char* file) {
        const auto text = attributes_.read(folder, file);
        using Reading = typename decltype(parse(*text))::value_type;
        auto parsed = text ? parse(*text) : decltype(parse(*text))(fail(text.error()));
        return parsed ? std::optional<Reading>(std::move(*parsed)) : std::nullopt;
    }
    // The same for a number that may be "max".
    std::optional<uint64_t> number_of(int folder, const char* file) {
        return reading_of<parse_cgroup_number>(folder, file).value_or(std::nullopt);
    }

    static void add(const char* name, std::string_view id, const std::optional<uint64_t>& number, SeriesWriter& out,
                    double divisor = 1) {
        if (number) {
            out.add(name, {{"id", id}}, static_cast<double>(*number) / divisor);
        }
    }

    // cAdvisor has them a second time with the scope "hierarchy": the numbers of version 2 are those of the whole tree.
    static void add_faults(const char* type, std::string_view id, const std::optional<uint64_t>& number,
                           SeriesWriter& out) {
        if (number) {
            out.add("container_memory_failures_total", {{"failure_type", type}, {"id", id}, {"scope", "container"}},
                    static_cast<double>(*number));
        }
    }

    void emit_cpu(int folder, std::string_view id, SeriesWriter& out) {
        const auto cpu = reading_of<parse_cgroup_cpu_stat>(folder, "cpu.stat");
        if (!cpu) {
            return;
        }
        add("container_cpu_usage_seconds_total", id, cpu->usage_us, out, microseconds);
        add("container_cpu_user_seconds_total", id, cpu->user_us, out, microseconds);
        add("container_cpu_system_seconds_total", id, cpu->system_us, out, microseconds);
        const auto quota = reading_of<parse_cgroup_cpu_max>(folder, "cpu.max").value_or(std::nullopt);
        if (quota) {
            add("container_spec_cpu_quota", id, quota->quota_us, out);
            add("container_spec_cpu_period", id, quota->period_us, out);
            add("container_cpu_cfs_periods_total", id, cpu->periods, out);
            add("container_cpu_cfs_throttled_periods_total", id, cpu->throttled_periods, out);
            add("container_cpu_cfs_throttled_seconds_total", id, cpu->throttled_us, out, microseconds);
        }
    }

    // The working set is what reclaim can't take back at once: all but the file pages that were not used lately.
    void emit_memory(int folder, std::string_view id, SeriesWriter& out) {
        const auto usage = number_of(folder, "memory.current");
        add("container_memory_usage_bytes", id, usage, out);
        add("container_spec_memory_limit_bytes", id, number_of(folder, "memory.max"), out);
        add("container_memory_swap", id, number_of(folder, "memory.swap.current"), out);
        if (const auto memory = reading_of<parse_cgroup_memory_stat>(folder, "memory.stat")) {
            add("container_memory_rss", id, memory->anon, out);
            add("container_memory_cache", id, memory->file, out);
            add_faults("pgfault", id, memory->page_faults, out);
            add_faults("pgmajfault", id, memory->major_page_faults, out);
            if (usage && memory->inactive_file) {
                add("container_memory_working_set_bytes", id, *usage - std::min(*usage, *memory->inactive_file), out);
            }
        }
        add("container_oom_events_total", id,
            reading_of<parse_cgroup_oom_kills>(folder, "memory.events").value_or(std::nullopt), out);
    }

    void emit_io(int folder, std::string_view id, SeriesWriter& out) {
        const auto devices = reading_of<parse_cgroup_io_stat>(folder, "io.stat");
        if (!devices) {
            return;
        }
        for (const auto& io : *devices) {
            const auto add_one = [&](const char* name, uint64_t number) {
                out.add(name, {{"device", device_name(io.device)}, {"id", id}}, static_cast<double>(number));
            };
            add_one("container_fs_reads_bytes_total", io.read_bytes);
            add_one("container_fs_writes_bytes_total", io.written_bytes);
            add_one("container_fs_reads_total", io.reads);
            add_one("container_fs_writes_total", io.writes);
        }
    }

    void emit_threads(int folder, std::string_view id, SeriesWriter& out) {
        add("container_threads", id, number_of(folder, "pids.current"), out);
        add("container_threads_max", id, number_of(folder, "pids.max"), out);
    }

    // A kernel without PSI, or with it switched off, gives EOPNOTSUPP: then the series are absent.
    void emit_pressure(int folder, std::string_view id, SeriesWriter& out) {
        struct Source {
            const char* file;
            const char* waiting;
            const char* stalled;
        };
        constexpr std::array<Source, 3> sources{{
            {"cpu.pressure", "container_pressure_cpu_waiting_seconds_total",
             "container_pressure_cpu_stalled_seconds_total"},
            {"io.pressure", "container_pressure_io_waiting_seconds_total",
             "container_pressure_io_stalled_seconds_total"},
            {"memory.pressure", "container_pressure_memory_waiting_seconds_total",
             "container_pressure_memory_stalled_seconds_total"},
        }};
        for (const auto& source : sources) {
            if (const auto pressure = reading_of<parse_pressure>(folder, source.file)) {
                add(source.waiting, id, pressure->some_total_us, out, microseconds);
                add(source.stalled, id, pressure->full_total_us, out, microseconds);
            }
        }
    }

    // "/dev/sda" for "8:0", by the links of /sys/dev/block; the number itself where there is no link.
    std::string_view device_name(std::string_view number) {
        auto found = device_names_.find(number);
        if (found == device_names_.end()) {
            std::error_code error;
            const auto target = std::filesystem::read_symlink(block_devices_ + std::string(number), error);
            const auto name = error ? std::string(number) : "/dev/" + target.filename().string();
            found = device_names_.emplace(std::string(number), name).first;
        }
        return found->second;
    }

    std::string root_;
    std::string block_devices_;
    int64_t depth_;
    std::vector<std::string> exclude_;
    AttributeReader& attributes_;
    CgroupTree tree_;
    uint64_t list_again_at_ = 0;
    std::string path_;
    std::map<std::string, std::string, std::less<>> device_names_;
};

}  // namespace

std::unique_ptr<Collector> make_cgroup(const CollectContext& context) {
    return std::make_unique<CgroupCollector>(context);
}

}  // namespace vigie::agent
