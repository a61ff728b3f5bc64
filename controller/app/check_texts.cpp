// One row for each check, replaced by each event.
#include "controller/app/check_texts.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

constexpr size_t name_bytes_max = 64;
constexpr size_t text_bytes_max = 2048;

std::string prefix_of(const AgentId& agent) {
    return keys::KeyWriter().rest("check").text(agent.value).take();
}

struct Told {
    std::string_view check;  // "" when the event is of something else, or the name is none that an agent would give
    std::string_view text;
};

Told told_by(const Event& event) {
    std::string_view rest = event.message;
    const auto start = event.agent.value + ": check:";
    if (event.kind != "host" || !rest.starts_with(start)) {
        return {};
    }
    rest.remove_prefix(start.size());
    const auto colon = rest.find(": ");
    const auto check = rest.substr(0, colon);
    if (colon == rest.npos || check.size() > name_bytes_max || !is_agent_name(check)) {
        return {};
    }
    return {check, rest.substr(colon + 2)};
}

Result<size_t> count_texts(const StateStore& store, const std::string& prefix) {
    size_t count = 0;
    VIGIE_CHECK(store.scan(Family::meta, prefix, keys::after_prefix(prefix),
                           [&count](std::string_view, std::string_view) { return ++count < check_texts_max; }));
    return count;
}

}  // namespace

Result<void> note_check_text(const StateStore& store, const Event& event, StoreBatch& batch) {
    const auto told = told_by(event);
    if (told.check.empty()) {
        return {};
    }
    const auto prefix = prefix_of(event.agent);
    auto key = keys::KeyWriter().rest(prefix).rest(told.check).take();
    VIGIE_TRY(const auto known, store.get(Family::meta, key));
    if (!known) {
        VIGIE_TRY(const auto count, count_texts(store, prefix));
        if (count >= check_texts_max) {
            return {};
        }
    }
    auto row = keys::KeyWriter().i64(unix_ms(event.happened_at)).rest(told.text.substr(0, text_bytes_max)).take();
    batch.put(Family::meta, std::move(key), std::move(row));
    return {};
}

void forget_check_texts(const AgentId& agent, StoreBatch& batch) {
    const auto prefix = prefix_of(agent);
    batch.erase_range(Family::meta, prefix, keys::after_prefix(prefix));
}

Result<std::map<std::string, CheckText>> check_texts(const StoreReader& store, const AgentId& agent) {
    std::map<std::string, CheckText> texts;
    const auto prefix = prefix_of(agent);
    VIGIE_CHECK(
        store.scan(Family::meta, prefix, keys::after_prefix(prefix), [&](std::string_view key, std::string_view row) {
            keys::KeyReader reader(row);
            const auto at = reader.i64();
            if (reader.is_ok()) {
                texts.insert_or_assign(std::string(key.substr(prefix.size())),
                                       CheckText{wall_from_unix_ms(at), std::string(row.substr(sizeof at))});
            }
            return true;
        }));
    return texts;
}

}  // namespace vigie::controller
