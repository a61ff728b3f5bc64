// enrol token: create, list, revoke. A token is shown once, when it is made.
#include "controller/app/answers_keys.hpp"
#include "controller/link/enrolment.hpp"

namespace vigie::controller {
namespace {

// An argument that is not there keeps the default; an empty one is a mistake, and never means "any".
Result<void> read_ttl(const Request& request, TokenWish& wish) {
    if (request.arguments.contains("ttl")) {
        VIGIE_TRY(const auto ttl, request.text("ttl"));
        VIGIE_TRY(wish.ttl, parse_duration(ttl).map_error([](Error e) { return e.at("--ttl"); }));
    }
    return {};
}

Result<TokenWish> wish_of(const Request& request) {
    TokenWish wish;
    VIGIE_CHECK(read_ttl(request, wish));
    if (request.arguments.contains("hosts")) {
        VIGIE_TRY(wish.host_pattern, request.text("hosts"));
    }
    VIGIE_TRY(wish.uses, request.number("uses", 1));
    VIGIE_TRY(const auto note, request.text("note"));
    wish.note = note.empty() ? request.caller.name : note;
    return wish;
}

Json row_of(const TokenRecord& token, WallTime now) {
    Json hosts = Json::array();
    for (const auto& use : token.used_by) {
        hosts.push_back(use.host);
    }
    return Json{{"id", token.id()},
                {"state", name_of(state_of(token, now))},
                {"hosts", token.host_pattern},
                {"uses_left", token.uses_max - std::min(token.uses, token.uses_max)},
                {"uses", token.uses},
                {"uses_max", token.uses_max},
                {"used_by", std::move(hosts)},
                {"created_at", to_rfc3339(token.created_at)},
                {"expires_at", to_rfc3339(token.expires_at)},
                {"note", token.note}};
}

void make_token(const Sources& s, const Request& request, const Desk::Respond& respond) {
    const auto wish = wish_of(request);
    if (!wish) {
        return respond(fail(wish.error()));
    }
    auto made = create_token(*wish, s.clock.wall(), s.random);
    if (!made) {
        return respond(fail(made.error()));
    }
    const Json answer{{"token", made->token.reveal()},
                      {"id", made->record.id()},
                      {"hosts", made->record.host_pattern},
                      {"uses_left", made->record.uses_max},
                      {"expires_at", to_rfc3339(made->record.expires_at)}};
    submit_change(
        s, request,
        [record = made->record, answer](StoreBatch& batch) -> Result<Json> {
            batch.put(Family::tokens, record.hash, encode(record));
            return answer;
        },
        respond);
}

Result<Json> list(const Sources& s) {
    VIGIE_TRY(const auto tokens, list_tokens(s.store));
    Json rows = Json::array();
    for (const auto& token : tokens) {
        rows.push_back(row_of(token, s.clock.wall()));
    }
    return rows;
}

void revoke(const Sources& s, const Request& request, const Desk::Respond& respond) {
    const auto id = request.required_text("id");
    if (!id) {
        return respond(fail(id.error()));
    }
    submit_change(
        s, request,
        [&s, id = *id](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto token, revoke_token(s.store, id, batch));
            return row_of(token, s.clock.wall());
        },
        respond);
}

}  // namespace

void add_token_answers(Desk& desk, const Sources& sources) {
    desk.change("enrol.token", Role::admin, {"ttl", "hosts", "uses", "note"},
                [&sources](const Request& r, const Desk::Respond& respond) { make_token(sources, r, respond); });
    desk.answer("enrol.token.list", Role::viewer, {}, [&sources](const Request&) { return list(sources); });
    desk.change("enrol.token.revoke", Role::admin, {"id"},
                [&sources](const Request& r, const Desk::Respond& respond) { revoke(sources, r, respond); });
}

}  // namespace vigie::controller
