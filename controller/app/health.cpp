// Series by their labels to one row for each thing.
#include "controller/app/health.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "shared/core/units.hpp"

namespace vigie::controller {
namespace {

struct Gathered {
    HealthRow row;
    bool has_status = false;
    WallTime at{};  // of the status
};

std::string label_of(const SelectedSeries& series, const char* name) {
    const auto found = series.labels.find(name);
    return found == series.labels.end() ? std::string() : found->second;
}

constexpr std::array<std::string_view, 4> states{"ok", "warning", "critical", "unknown"};

std::string_view state_of(double status) {
    return status >= 0 && status < 4 && status == std::floor(status) ? states.at(static_cast<size_t>(status))
                                                                     : "unknown";
}

bool is_state(std::string_view word) {
    return std::find(states.begin(), states.end(), word) != states.end();
}

// What an event says of a check's state.
struct Told {
    std::string state;
    bool is_hard = true;
    std::string output;
};

// "CRITICAL hard 3/3: Connection refused"
Told told_by(const std::string& text) {
    Told told;
    const auto colon = text.find(": ");
    told.output = colon == std::string::npos ? text : text.substr(colon + 2);
    const auto word_end = text.find(' ');
    told.state = text.substr(0, word_end);
    std::transform(told.state.begin(), told.state.end(), told.state.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    told.is_hard = word_end == std::string::npos || text.compare(word_end, 6, " soft ") != 0;
    return told;
}

// The event of a change and the samples behind it come by different streams, either one first.
void add_text(const CheckText& text, Gathered& gathered) {
    auto& row = gathered.row;
    auto told = told_by(text.text);
    if (text.at > gathered.at && told.state != row.state && is_state(told.state)) {
        row.state = told.state;
        row.is_hard = told.is_hard;
        row.since = text.at;
    }
    if (told.state == row.state) {
        row.output = std::move(told.output);
    }
}

void add_check_series(const SelectedSeries& series, const std::string& metric, Gathered& gathered) {
    const auto value = series.points.back().value;
    if (metric == "vigie_check_status") {
        gathered.has_status = true;
        gathered.at = series.points.back().at;
        gathered.row.category = label_of(series, "category");
        gathered.row.kind = label_of(series, "kind");
        gathered.row.state = state_of(value);
    } else if (metric == "vigie_check_state_hard") {
        gathered.row.is_hard = value != 0;
    } else if (metric == "vigie_check_since_timestamp_seconds" && std::isfinite(value) && value >= 0 && value < 1e11) {
        gathered.row.since = wall_from_unix_ms(std::llround(value * 1000));
    }
}

struct Space {
    double size = 0;
    double free = NAN;
    double available = NAN;
};

HealthRow row_of(const std::string& mount_point, const Space& space) {
    // As df has it: what root alone may use counts neither as used nor as free.
    const auto reserved = std::isfinite(space.free) ? space.free - space.available : 0;
    const auto part = space.available / (space.size - reserved);
    HealthRow row{.category = "storage", .name = mount_point, .kind = "filesystem", .state = {}, .output = {}};
    row.state = part < free_critical ? "critical" : part < free_warning ? "warning" : "ok";
    row.output = fmt::format("{:.0f}% free, {} of {}", 100 * part,
                             format_bytes(Bytes{static_cast<uint64_t>(std::max(space.available, 0.0))}),
                             format_bytes(Bytes{static_cast<uint64_t>(space.size)}));
    return row;
}

int badness(const HealthRow& row) {
    return row.state == "critical" ? 3 : row.state == "unknown" ? 2 : row.state == "warning" ? 1 : 0;
}

}  // namespace

bool is_critical(const HealthRow& row) {
    return row.state == "critical" && row.is_hard;
}

std::vector<HealthRow> health_of(const std::vector<SelectedSeries>& newest,
                                 const std::map<std::string, CheckText>& texts) {
    std::map<std::string, Gathered> checks;
    std::map<std::string, Space> spaces;
    for (const auto& series : newest) {
        const auto metric = label_of(series, "__name__");
        if (series.points.empty()) {
            continue;
        }
        if (metric.starts_with("vigie_check_")) {
            add_check_series(series, metric, checks[label_of(series, "check")]);
        } else if (metric == "node_filesystem_size_bytes") {
            spaces[label_of(series, "mountpoint")].size = series.points.back().value;
        } else if (metric == "node_filesystem_free_bytes") {
            spaces[label_of(series, "mountpoint")].free = series.points.back().value;
        } else if (metric == "node_filesystem_avail_bytes") {
            spaces[label_of(series, "mountpoint")].available = series.points.back().value;
        }
    }
    std::vector<HealthRow> rows;
    for (auto& [name, gathered] : checks) {
        if (gathered.has_status) {
            gathered.row.name = name;
            if (const auto text = texts.find(name); text != texts.end()) {
                add_text(text->second, gathered);
            }
            rows.push_back(std::move(gathered.row));
        }
    }
    for (const auto& [mount_point, space] : spaces) {
        if (space.size > 0 && std::isfinite(space.size) && std::isfinite(space.available)) {
            rows.push_back(row_of(mount_point, space));
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const HealthRow& a, const HealthRow& b) {
        return std::tuple(std::string_view(a.category), -badness(a), std::string_view(a.name)) <
               std::tuple(std::string_view(b.category), -badness(b), std::string_view(b.name));
    });
    return rows;
}

}  // namespace vigie::controller
