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

// Hosts learn the next key from the served one, so both must be of one line.
Result<void> check_served(const Sources& s, const KeySources& k) {
    VIGIE_TRY(const auto own, protocol::load_key_pair(own_key_path(k.state_dir)));
    if (own.public_key != s.public_key) {
        return fail(ErrorCode::conflict,
                    "{} holds another key than the one that hosts are served with: start the controller again, or put "
                    "the right file back",
                    own_key_path(k.state_dir));
    }
    return {};
}

// The change stands in the audit log, with the fingerprints of both keys, before `then` touches a file.
void note_and(const Sources& s, const Request& request, const std::string& next, std::function<void()> then,
              const Desk::Respond& respond) {
    submit_change(
        s, request,
        [keys = fmt::format("{} to {}", protocol::fingerprint_of(s.public_key), protocol::fingerprint_of(next))](
            StoreBatch&) -> Result<Json> {
            return Json{{"id", keys}};
        },
        [then = std::move(then), respond](const Result<Json>& noted) {
            if (!noted) {
                return respond(fail(noted.error()));
            }
            then();
        });
}

Result<Json> make_next(const Sources& s, const KeySources& k, const protocol::KeyPair& pair) {
    VIGIE_TRY(const auto next, make_next_own_key(k.files, k.state_dir, pair));
    k.effects.next_key_made(next);
    return describe_keys(s, k);
}

void rotate(const Sources& s, const KeySources& k, const Request& request, const Desk::Respond& respond) {
    const auto served = check_served(s, k);
    const auto known = served ? next_own_key(k.files, k.state_dir) : fail(served.error());
    if (!known) {
        return respond(fail(known.error()));
    }
    const auto pair = std::make_shared<protocol::KeyPair>(protocol::make_key_pair());
    note_and(
        s, request, known->empty() ? pair->public_key : *known,
        [&s, &k, pair, respond] { respond(make_next(s, k, *pair)); }, respond);
}

std::string names_of(const Json& hosts) {
    constexpr size_t named_max = 20;
    std::string names;
    for (size_t i = 0; i < std::min(hosts.size(), named_max); ++i) {
        names += (i > 0 ? ", " : "") + hosts[i].get<std::string>();
    }
    return hosts.size() > named_max ? fmt::format("{} and {} more", names, hosts.size() - named_max) : names;
}

// Gives the next key.
Result<std::string> check_audience(const Sources& s, const KeySources& k, bool is_forced) {
    VIGIE_CHECK(check_served(s, k));
    VIGIE_TRY(auto next, next_own_key(k.files, k.state_dir));
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
    return next;
}

void use_next(const Sources& s, const KeySources& k, const Desk::Respond& respond) {
    auto keys = switch_own_key(k.files, k.state_dir);
    if (!keys) {
        return respond(fail(keys.error()));
    }
    k.effects.use_own_keys(*keys, [&s, &k, respond](const Result<void>& used) {
        respond(used ? describe_keys(s, k) : fail(used.error()));
    });
}

void switch_key(const Sources& s, const KeySources& k, const Request& request, const Desk::Respond& respond) {
    const auto is_forced = request.flag("force");
    if (!is_forced) {
        return respond(fail(is_forced.error()));
    }
    const auto next = check_audience(s, k, *is_forced);
    if (!next) {
        return respond(fail(next.error()));
    }
    note_and(
        s, request, *next, [&s, &k, respond] { use_next(s, k, respond); }, respond);
}

}  // namespace

void add_controller_key_answers(Desk& desk, const Sources& sources, const KeySources& keys) {
    desk.answer("controller.key.show", Role::viewer, {}, [&](const Request&) { return describe_keys(sources, keys); });
    desk.change("controller.key.rotate", Role::admin, {},
                [&](const Request& r, const Desk::Respond& respond) { rotate(sources, keys, r, respond); });
    desk.change("controller.key.switch", Role::admin, {"force"},
                [&](const Request& r, const Desk::Respond& respond) { switch_key(sources, keys, r, respond); });
}

}  // namespace vigie::controller
