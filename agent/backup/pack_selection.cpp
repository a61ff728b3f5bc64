// By the first byte of the name, or by lot.
#include "agent/backup/pack_selection.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace vigie::agent::backup {
namespace {

// A pack's part follows from the first byte of its id.
constexpr uint32_t parts_max = 256;

bool take_number(std::string_view& text, uint32_t& number) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
    return parsed.ec == std::errc{};
}

}  // namespace

Result<PackSelection> parse_pack_selection(std::string_view text) {
    PackSelection selection;
    if (text.ends_with('%')) {
        const auto* end = text.data() + text.size() - 1;
        const auto parsed = std::from_chars(text.data(), end, selection.percent);
        if (parsed.ec == std::errc{} && parsed.ptr == end && selection.percent > 0 && selection.percent <= 100) {
            return selection;
        }
    } else {
        auto rest = text;
        const bool has_part = take_number(rest, selection.part) && rest.starts_with('/');
        rest.remove_prefix(std::min<size_t>(rest.size(), 1));
        if (has_part && take_number(rest, selection.parts) && rest.empty() && selection.part >= 1 &&
            selection.part <= selection.parts && selection.parts <= parts_max) {
            return selection;
        }
    }
    return fail(ErrorCode::malformed, "'{}' is neither a part such as 2/7 (of at most {}) nor a share such as 5%",
                text.substr(0, 64), parts_max);
}

std::vector<StoredFile> select_packs(const std::vector<StoredFile>& packs, const PackSelection& selection,
                                     Random& random) {
    std::vector<StoredFile> selected;
    if (selection.percent == 0) {
        std::copy_if(packs.begin(), packs.end(), std::back_inserter(selected), [&](const StoredFile& pack) {
            return selection.parts != 0 && pack.id.bytes[0] % selection.parts == selection.part - 1;
        });
        return selected;
    }
    // Each pack is taken with the chance that what is left to take has among what is left.
    const auto share = std::ceil(static_cast<double>(packs.size()) * selection.percent / 100);
    auto wanted = std::min(packs.size(), static_cast<size_t>(share));
    for (size_t at = 0; at < packs.size() && wanted > 0; ++at) {
        if (random.fraction() * static_cast<double>(packs.size() - at) < static_cast<double>(wanted)) {
            selected.push_back(packs[at]);
            --wanted;
        }
    }
    return selected;
}

}  // namespace vigie::agent::backup
