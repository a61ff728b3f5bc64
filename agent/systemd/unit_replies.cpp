// Bodies to values.
#include "agent/systemd/unit_replies.hpp"

namespace vigie::agent {

Result<void> parse_unit_list(std::string_view signature, std::string_view body,
                             const std::function<void(const ListedUnit&)>& take) {
    if (signature != "a(ssssssouso)") {
        return fail(ErrorCode::malformed, "systemd: ListUnits gives something else than units");
    }
    WireReader reader(body);
    const auto bytes = reader.u32();
    reader.align(8);
    if (reader.has_failed() || bytes != body.size() - reader.position()) {
        return fail(ErrorCode::malformed, "systemd: the list of units is not as long as it says");
    }
    for (size_t count = 0; !reader.is_at_end(); ++count) {
        if (count == units_listed_max) {
            return fail(ErrorCode::too_large, "systemd: more than {} units", units_listed_max);
        }
        reader.align(8);
        ListedUnit unit;
        unit.name = reader.text();
        reader.text();  // description
        unit.load = reader.text();
        unit.active = reader.text();
        unit.sub = reader.text();
        reader.text();  // the unit that it follows
        unit.path = reader.text();
        reader.u32();  // number, kind and path of its job
        reader.text();
        reader.text();
        if (reader.has_failed()) {
            return fail(ErrorCode::malformed, "systemd: the list of units breaks off in unit {}", count + 1);
        }
        take(unit);
    }
    return {};
}

Result<WireReader::Basic> parse_unit_property(std::string_view signature, std::string_view body) {
    WireReader reader(body);
    const auto value = signature == "v" ? reader.variant() : WireReader::Basic{};
    if (reader.has_failed() || value.type == '\0' || !reader.is_at_end()) {
        return fail(ErrorCode::malformed, "systemd: a property is no plain value");
    }
    return value;
}

}  // namespace vigie::agent
