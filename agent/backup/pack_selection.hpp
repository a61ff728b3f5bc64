// Which packs a verify reads in full. Pure but for the random numbers it is given.
#pragma once
#include <string_view>
#include <vector>

#include "agent/backup/storage.hpp"
#include "shared/os/random.hpp"

namespace vigie::agent::backup {

struct PackSelection {
    // The packs fall into so many parts by their names, as in restic: reading part 1 of 7 on Monday, 2 of 7 on Tuesday
    // and so on reads them all in a week. 0 parts: none is read, 1: all.
    uint32_t part = 1;
    uint32_t parts = 0;
    double percent = 0;  // instead, when not 0: of the packs, chosen anew each time

    bool is_empty() const { return parts == 0 && percent == 0; }
};
constexpr PackSelection all_packs{.part = 1, .parts = 1, .percent = 0};

// "2/7", or "2.5%".
Result<PackSelection> parse_pack_selection(std::string_view text);
// In the order they were given. Of a percentage at least one.
std::vector<StoredFile> select_packs(const std::vector<StoredFile>& packs, const PackSelection& selection,
                                     Random& random);

}  // namespace vigie::agent::backup
