// controller key: show, rotate, switch. The fleet's trust is at stake, so changes are an admin's.
#include "controller/app/answers_keys.hpp"
#include "controller/link/host_keys.hpp"

namespace vigie::controller {
namespace {

struct Audience {
    Json knowing = Json::array();
    Json missing = Json::array();
};

// Who keeps the next key, as the hosts said themselves.
Result<Audience> audience_of(const Sources& s, const std::string& next) {
    VIGIE_TRY(const auto agents, list_agents(s.store));
    Audience audience;
    for (const auto& record : agents) {
        if (!record.revoked_at && !next.empty()) {
            (record.controller_next == next ? audience.knowing : audience.missing).push_back(record.agent.value);
        }
    }
    return audience;
}

Json fingerprint_or_null(const std::string& public_key) {
    return public_key.empty() ? Json(nullptr) : Json(protocol::fingerprint_of(public_key));
}

Result<Json> describe_keys(const Sources& s, const KeySources& k) {
    VIGIE_TRY(const auto next, next_own_key(k.files, k.state_dir));
    VIGIE_TRY(const auto audience, audience_of(s, next));
    return Json{{"public_key", s.public_key},
                {"fingerprint", protocol::fingerprint_of(s.public_key)},
                {"next_public_key", next.empty() ? Json(nullptr) : Json(next)},
                {"next_fingerprint", fingerprint_or_null(next)},
                {"hosts_knowing_next", audience.knowing.size()},
                {"hosts_missing_next", audience.missing}};
}

Result<Json> rotate(const Sources& s, const KeySources& k) {
    VIGIE_TRY(const auto next, make_next_own_key(k.files, k.state_dir));
    k.effects.next_key_made(next);
    return describe_keys(s, k);
}

std::string names_of(const Json& hosts) {
    constexpr size_t named_max = 20;
    std::string names;
    for (size_t i = 0; i < std::min(hosts.size(), named_max); ++i) {
        names += (i > 0 ? ", " : "") + hosts[i].get<std::string>();
    }
    return hosts.size() > named_max ? fmt::format("{} and {} more", names, hosts.size() - named_max) : names;
}

Result<void> check_audience(const Sources& s, const KeySources& k, bool is_forced) {
    VIGIE_TRY(const auto next, next_own_key(k.files, k.state_dir));
    if (next.empty()) {
        return fail(ErrorCode::conflict,
                    "there is no next key to switch to: make one with 'vigie controller key rotate'");
    }
    VIGIE_TRY(const auto audience, audience_of(s, next));
    if (!audience.missing.empty() && !is_forced) {
        return fail(
            ErrorCode::conflict,
            "{} not know the next key and would be locked out: {}. Wait until they have been connected, or switch "
            "with --force and run 'vigie-agent trust' on them",
            audience.missing.size() == 1 ? "1 host does" : fmt::format("{} hosts do", audience.missing.size()),
            names_of(audience.missing));
    }
    return {};
}

void switch_key(const Sources& s, const KeySources& k, const Request& request, const Desk::Respond& respond) {
    const auto is_forced = request.flag("force");
    if (!is_forced) {
        return respond(fail(is_forced.error()));
    }
    if (const auto ready = check_audience(s, k, *is_forced); !ready) {
        return respond(fail(ready.error()));
    }
    auto keys = switch_own_key(k.files, k.state_dir);
    if (!keys) {
        return respond(fail(keys.error()));
    }
    k.effects.use_own_keys(*keys, [&s, &k, respond](const Result<void>& used) {
        respond(used ? describe_keys(s, k) : fail(used.error()));
    });
}

}  // namespace

void add_controller_key_answers(Desk& desk, const Sources& sources, const KeySources& keys) {
    desk.answer("controller.key.show", Role::viewer, {}, [&](const Request&) { return describe_keys(sources, keys); });
    desk.change("controller.key.rotate", Role::admin, {},
                [&](const Request&, const Desk::Respond& respond) { respond(rotate(sources, keys)); });
    desk.change("controller.key.switch", Role::admin, {"force"},
                [&](const Request& r, const Desk::Respond& respond) { switch_key(sources, keys, r, respond); });
}

}  // namespace vigie::controller
