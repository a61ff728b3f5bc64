// Levenshtein's distance over a few dozen words.
#include "shared/core/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace vigie {

std::string nearest(std::string_view word, const Words& known) {
    std::string best;
    size_t best_edits = word.size() / 3 + 2;  // further away is another word, not a slip
    for (const auto& candidate : known) {
        // Levenshtein's distance, one row at a time.
        std::vector<size_t> row(candidate.size() + 1);
        std::iota(row.begin(), row.end(), size_t{0});
        for (size_t i = 1; i <= word.size(); ++i) {
            size_t diagonal = row[0]++;
            for (size_t j = 1; j <= candidate.size(); ++j) {
                const auto replaced = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
            }
        }
        if (row.back() < best_edits) {
            best_edits = row.back();
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const Words& known) {
    const auto near = nearest(word, known);
    return near.empty() ? "" : ", did you mean '" + near + "'?";
}

}  // namespace vigie
