// proc(5), under the names that Prometheus' client libraries gave them.
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>

#include "controller/app/own_metrics.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {
namespace {

// Fields behind the command's name, which may hold blanks; the first of them is the third of all (state).
std::vector<std::string_view> fields_of(std::string_view stat) {
    std::vector<std::string_view> fields;
    const auto end_of_name = stat.rfind(')');
    stat.remove_prefix(end_of_name == std::string_view::npos ? stat.size() : end_of_name + 1);
    while (!stat.empty()) {
        const auto begin = std::min(stat.find_first_not_of(" \n"), stat.size());
        stat.remove_prefix(begin);
        const auto end = std::min(stat.find_first_of(" \n"), stat.size());
        if (end > 0) {
            fields.push_back(stat.substr(0, end));
        }
        stat.remove_prefix(end);
    }
    return fields;
}

double number_at(const std::vector<std::string_view>& fields, size_t field) {
    constexpr size_t first = 3;
    double number = 0;
    if (field - first < fields.size()) {
        const auto text = fields[field - first];
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number;
}

double open_descriptors() {
    auto* folder = opendir("/proc/self/fd");
    if (folder == nullptr) {
        return 0;
    }
    double count = -3;  // ., .. and the folder's own
    while (readdir(folder) != nullptr) {
        ++count;
    }
    closedir(folder);
    return count;
}

// "btime 1700000000" among the lines of /proc/stat: when the host booted.
double booted_at(std::string_view stat) {
    constexpr std::string_view name = "\nbtime ";
    double seconds = 0;
    if (const auto at = stat.find(name); at != std::string_view::npos) {
        const auto text = stat.substr(at + name.size());
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    return seconds;
}

web::MetricFamily gauge(std::string name, std::string help, double value) {
    return {.name = std::move(name), .help = std::move(help), .points = {{.value = value}}};
}

}  // namespace

std::vector<web::MetricFamily> process_metrics() {
    SystemFiles files;
    const auto stat = files.read("/proc/self/stat", 64_KiB).value_or("");
    const auto host = files.read("/proc/stat", 4_MiB).value_or("");
    const auto fields = fields_of(stat);
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    std::vector<web::MetricFamily> families;
    families.push_back({.name = "process_cpu_seconds",
                        .kind = web::MetricFamily::Kind::counter,
                        .help = "Processor time that the controller used",
                        .points = {{.value = (number_at(fields, 14) + number_at(fields, 15)) / ticks}}});
    families.push_back(gauge("process_resident_memory_bytes", "Memory of the controller that is in RAM",
                             number_at(fields, 24) * static_cast<double>(sysconf(_SC_PAGESIZE))));
    families.push_back(gauge("process_virtual_memory_bytes", "Address space of the controller", number_at(fields, 23)));
    families.push_back(gauge("process_open_fds", "File descriptors that the controller has open", open_descriptors()));
    families.push_back(gauge("process_max_fds", "How many it may have open", static_cast<double>(limit.rlim_cur)));
    families.push_back(gauge("process_start_time_seconds", "When the controller started, in Unix time",
                             booted_at(host) + number_at(fields, 22) / ticks));
    return families;
}

}  // namespace vigie::controller
