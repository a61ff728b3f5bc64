// A walk through /proc.
#include "agent/collect/processes.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <map>

#include "agent/collect/small_files.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {

Result<ProcessReading> parse_process_stat(std::string_view text) {
    const auto after_name = text.rfind(')');
    if (after_name == std::string_view::npos) {
        return fail(ErrorCode::malformed, "process stat: no name in parentheses");
    }
    text.remove_prefix(after_name + 1);
    const auto state = next_field(text);
    for (int passed = 0; passed < 16; ++passed) {  // fields 4 to 19 of proc(5)
        next_field(text);
    }
    const auto threads = number_in<uint64_t>(next_field(text));
    if (state.size() != 1 || !threads) {
        return fail(ErrorCode::malformed, "process stat: no state, or no number of threads");
    }
    return ProcessReading{state[0], *threads};
}

namespace {

using StateCounts = std::map<char, double>;

// Calls `visit` with each entry whose name is a number; false when the folder can't be listed.
template <typename Visit>
bool for_each_number(int folder, const char* name, Visit visit) {
    const int opened = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(opened < 0 ? nullptr : fdopendir(opened), closedir);
    if (!listing) {
        return false;
    }
    while (const auto* entry = readdir(listing.get())) {
        if (is_digits(static_cast<const char*>(entry->d_name))) {
            visit(dirfd(listing.get()), static_cast<const char*>(entry->d_name));
        }
    }
    return true;
}

class ProcessesCollector final : public Collector {
  public:
    explicit ProcessesCollector(const CollectContext& context)
        : Collector("processes"), proc_(context.options.roots.procfs), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        StateCounts processes;
        StateCounts threads;
        double thread_count = 0;
        double process_count = 0;
        const bool is_listed = for_each_number(AT_FDCWD, proc_.c_str(), [&](int folder, const char* pid) {
            const auto reading = read(folder, pid);
            if (!reading) {
                return;  // it ended meanwhile
            }
            ++process_count;
            ++processes[reading->state];
            thread_count += static_cast<double>(reading->threads);
            count_threads(folder, pid, reading->state, threads);
        });
        if (!is_listed) {
            return fail(errno_error(errno, "list " + proc_));
        }
        const auto threads_max = attributes_.number(AT_FDCWD, (proc_ + "/sys/kernel/threads-max").c_str());
        const auto pid_max = attributes_.number(AT_FDCWD, (proc_ + "/sys/kernel/pid_max").c_str());
        if (!threads_max || !pid_max) {
            return fail(ErrorCode::malformed, "{}/sys/kernel: no number in threads-max or pid_max", proc_);
        }
        out.add("node_processes_threads", thread_count);
        out.add("node_processes_max_threads", *threads_max);
        emit("node_processes_state", "state", processes, out);
        emit("node_processes_threads_state", "thread_state", threads, out);
        out.add("node_processes_pids", process_count);
        out.add("node_processes_max_processes", *pid_max);
        return {};
    }

  private:
    std::optional<ProcessReading> read(int folder, const char* number) {
        name_.assign(number).append("/stat");
        const auto text = attributes_.read(folder, name_.c_str());
        const auto reading = text ? parse_process_stat(*text) : fail(text.error());
        return reading ? std::optional(*reading) : std::nullopt;
    }

    // The first thread has the number and the state of its process.
    void count_threads(int folder, const char* pid, char state, StateCounts& threads) {
        const std::string tasks = std::string(pid) + "/task";
        for_each_number(folder, tasks.c_str(), [&](int task_folder, const char* thread) {
            if (std::string_view(thread) == pid) {
                ++threads[state];
            } else if (const auto reading = read(task_folder, thread)) {
                ++threads[reading->state];
            }
        });
    }

    static void emit(const char* series, const char* label, const StateCounts& counts, SeriesWriter& out) {
        for (const auto& [state, count] : counts) {
            out.add(series, {{label, std::string_view(&state, 1)}}, count);
        }
    }

    std::string proc_;
    AttributeReader& attributes_;
    std::string name_;
};

}  // namespace

std::unique_ptr<Collector> make_processes(const CollectContext& context) {
    return std::make_unique<ProcessesCollector>(context);
}

}  // namespace vigie::agent
