// In the order of the keys only the neighbours of an id can share its beginning.
#include "controller/app/short_ids.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

size_t shared_length(std::string_view one, std::string_view other) {
    const auto end = std::mismatch(one.begin(), one.end(), other.begin(), other.end()).first;
    return static_cast<size_t>(end - one.begin());
}

// `neighbours`: the ids next to it, "" for none.
std::string shortened(std::string_view id, std::string_view before, std::string_view after) {
    const auto told_apart = 1 + std::max(shared_length(id, before), shared_length(id, after));
    return std::string(id.substr(0, std::max(short_id_min, told_apart)));
}

}  // namespace

std::map<std::string, std::string> short_ids(const std::set<std::string>& ids) {
    std::map<std::string, std::string> short_ones;
    std::string_view before;
    for (auto id = ids.begin(); id != ids.end(); ++id) {
        const auto next = std::next(id);
        short_ones.emplace(*id, shortened(*id, before, next == ids.end() ? std::string_view() : *next));
        before = *id;
    }
    return short_ones;
}

Result<std::string> short_id_in(const StateStore& store, Family family, std::string_view before, std::string_view id) {
    const auto key = fmt::format("{}{}", before, id);
    std::string below;
    std::string above;
    VIGIE_CHECK(store.scan_back(family, before, key, [&](std::string_view found, std::string_view) {
        below = found.substr(before.size());
        return false;
    }));
    VIGIE_CHECK(store.scan(family, key, before.empty() ? "" : keys::after_prefix(before),
                           [&](std::string_view found, std::string_view) {
                               above = found == key ? "" : found.substr(before.size());
                               return found == key;
                           }));
    return shortened(id, below, above);
}

Result<std::string> whole_id(const StateStore& store, Family family, std::string_view before, std::string_view given,
                             std::string_view what) {
    constexpr size_t named_max = 3;
    const auto prefix = fmt::format("{}{}", before, given);
    std::vector<std::string> found;
    VIGIE_CHECK(store.scan(family, prefix, keys::after_prefix(prefix), [&](std::string_view key, std::string_view) {
        found.emplace_back(key.substr(before.size()));
        return found.front() != given && found.size() <= named_max;
    }));
    if (found.empty()) {
        const auto list = what == "override" ? std::string("oncall override list") : fmt::format("{}s list", what);
        return fail(ErrorCode::not_found, "there is no {} '{}': vigie {} shows them", what, given, list);
    }
    if (found.size() == 1 || found.front() == given) {
        return found.front();
    }
    const bool has_more = found.size() > named_max;
    found.resize(std::min(found.size(), named_max));
    return fail(ErrorCode::conflict, "'{}' is the beginning of several {}s: {}{}: give more of it", given, what,
                fmt::join(found, ", "), has_more ? ", …" : "");
}

}  // namespace vigie::controller
