// A list in, a choice out.
#include "agent/systemd/unit_choice.hpp"

#include <algorithm>

#include "agent/series/text.hpp"
#include "agent/systemd/unit_replies.hpp"

namespace vigie::agent {
namespace {

// Names of units have 255 bytes at most (systemd.unit(5)), names of states far less.
constexpr size_t word_bytes_max = 255;
// systemd has eight; a bus that makes up others makes up no endless series.
constexpr size_t states_max = 16;

struct Candidate {
    std::string name;
    std::string path;
    size_t state = 0;
};

void count(std::string_view state, std::map<std::string, double>& counts) {
    const std::string name(state.substr(0, word_bytes_max));
    if (const auto found = counts.find(name); found != counts.end()) {
        ++found->second;
    } else if (counts.size() < states_max) {
        counts.emplace(name, 1);
    }
}

bool is_before(const Candidate& a, const Candidate& b) {
    return a.name < b.name;
}

// Sorts failed units to the front, and gives how many there is room for.
size_t fit(std::vector<Candidate>& candidates) {
    std::stable_partition(candidates.begin(), candidates.end(),
                          [](const Candidate& one) { return one.state == unit_state_of("failed"); });
    size_t kept = 0;
    size_t name_bytes = 0;
    for (; kept < std::min(candidates.size(), systemd_units_max); ++kept) {
        name_bytes += candidates[kept].name.size();
        if (name_bytes > systemd_names_bytes_max) {
            break;
        }
    }
    return kept;
}

}  // namespace

Result<UnitChoice> choose_units(std::string_view signature, std::string_view body, const SystemdOptions& options) {
    UnitChoice choice;
    for (const auto state : unit_states) {
        choice.counts.emplace(state, 0);
    }
    std::vector<Candidate> candidates;
    VIGIE_CHECK(parse_unit_list(signature, body, [&](const ListedUnit& unit) {
        count(unit.active, choice.counts);
        if (unit.load == "loaded" && unit.name.size() <= word_bytes_max && matches_any(options.include, unit.name) &&
            !matches_any(options.exclude, unit.name)) {
            candidates.push_back({std::string(unit.name), std::string(unit.path), unit_state_of(unit.active)});
        }
    }));
    std::sort(candidates.begin(), candidates.end(), is_before);
    candidates.erase(std::unique(candidates.begin(), candidates.end(),
                                 [](const Candidate& a, const Candidate& b) { return a.name == b.name; }),
                     candidates.end());
    const auto kept = fit(candidates);
    choice.left_out = candidates.size() - kept;
    candidates.resize(kept);
    std::sort(candidates.begin(), candidates.end(), is_before);
    for (auto& one : candidates) {
        choice.paths.push_back(std::move(one.path));
        auto& unit = choice.units.emplace_back();
        unit.name = std::move(one.name);
        unit.state = one.state;
    }
    return choice;
}

}  // namespace vigie::agent
