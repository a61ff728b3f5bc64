// How a host is, from the newest samples of it: its checks, and its file systems as storage. Pure.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "controller/app/check_texts.hpp"
#include "controller/series/select.hpp"

namespace vigie::controller {

struct HealthRow {
    std::string category;  // database, cache, queue, storage, services, or a word of the host's own
    std::string name;      // of the check, or the mount point
    std::string kind;      // of the check; "filesystem"
    std::string state;     // ok, warning, critical, unknown
    bool is_hard = true;
    WallTime since{};  // 0 when nobody knows
    std::string output;
};

// Free space of a file system, as Debian's check_disk is set up in most places.
constexpr double free_warning = 0.10;
constexpr double free_critical = 0.05;

// `newest`: as latest() gives them, of all metrics. A check's state and its text are of one moment: a text that is
// newer than the sample is told with its own state, one of another state than a newer sample is left out. Sorted by
// category, the worst first.
std::vector<HealthRow> health_of(const std::vector<SelectedSeries>& newest,
                                 const std::map<std::string, CheckText>& texts);

// Whether somebody must act: a critical state that is hard.
bool is_critical(const HealthRow& row);

}  // namespace vigie::controller
