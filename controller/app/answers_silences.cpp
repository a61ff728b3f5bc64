// silences: create, list, show, expire, preview.
#include "controller/app/answers_routing.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/routing/silence.hpp"

namespace vigie::controller {
namespace {

using routing::Silence;
using routing::SilenceState;

// The texts of an argument that is a list, each one matcher or several.
Result<routing::Matchers> matchers_of(const Request& request) {
    const auto found = request.arguments.find("matchers");
    if (found == request.arguments.end() || !found->is_array() || found->empty()) {
        return fail(ErrorCode::malformed, "{}: argument 'matchers' must be a list of texts such as alertname=DiskFull",
                    request.verb);
    }
    routing::Matchers all;
    for (const auto& item : *found) {
        if (!item.is_string()) {
            return fail(ErrorCode::malformed, "{}: argument 'matchers' must be a list of texts", request.verb);
        }
        VIGIE_TRY(auto some, routing::parse_matchers(item.get<std::string>()));
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
}

Result<Silence> wish_of(const Sources& s, const Request& request) {
    Silence silence;
    VIGIE_TRY(silence.matchers, matchers_of(request));
    VIGIE_TRY(silence.comment, request.text("comment"));
    const auto now = s.clock.wall();
    silence.created_at = now;
    silence.starts_at = now;
    VIGIE_TRY(const auto starts_at, request.text("starts_at"));
    if (!starts_at.empty()) {
        VIGIE_TRY(silence.starts_at,
                  parse_rfc3339(starts_at).map_error([](const Error& e) { return e.at("--starts-at"); }));
    }
    VIGIE_TRY(const auto span, request.required_text("for"));
    VIGIE_TRY(const auto lasting, parse_duration(span).map_error([](const Error& e) { return e.at("--for"); }));
    silence.ends_at = silence.starts_at + lasting;
    silence.author = request.caller.name;
    VIGIE_CHECK(routing::check_silence(silence, now));
    return silence;
}

Json row_of(const Silence& silence, std::string_view short_id, WallTime now) {
    return Json{{"id", silence.id},
                {"short_id", short_id},
                {"state", routing::name_of(routing::state_of(silence, now))},
                {"matchers", routing::text_of(silence.matchers)},
                {"starts_at", to_rfc3339(silence.starts_at)},
                {"ends_at", to_rfc3339(silence.ends_at)},
                {"created_at", to_rfc3339(silence.created_at)},
                {"author", silence.author},
                {"comment", silence.comment}};
}

bool is_open(const alerts::AlertRecord& alert) {
    return alert.state.is_open || alert.state.phase == alerts::Phase::pending;
}

// By the labels that it is told with: a silence may ask for one of the controller's own.
Result<Json> matching_alerts(const Sources& s, const RoutingSources& routing, const routing::Matchers& matchers) {
    VIGIE_TRY(const auto all, alerts::list_alerts(s.store));
    auto rows = Json::array();
    for (const auto& alert : all) {
        const bool is_matching =
            is_open(alert) &&
            routing::is_match(matchers, alerts::page_of(alert, false, routing.external_labels).labels);
        if (is_matching) {
            VIGIE_TRY(const auto short_id, short_id_in(s.store, Family::alerts, "s", alert.id));
            rows.push_back({{"id", alert.id},
                            {"short_id", short_id},
                            {"state", alerts::name_of(alert.state.phase)},
                            {"alertname", alert.name},
                            {"host", alerts::host_of(alert)},
                            {"since", to_rfc3339(alert.state.active_since)},
                            {"labels", alert.labels}});
        }
    }
    return rows;
}

Desk::Respond telling(const RoutingSources& routing, Desk::Respond respond) {
    return [&routing, respond = std::move(respond)](Result<Json> answer) {
        if (answer && routing.silences_changed) {
            routing.silences_changed();
        }
        respond(std::move(answer));
    };
}

void create(const Sources& s, const RoutingSources& routing, const Request& request, Desk::Respond respond) {
    auto wish = wish_of(s, request);
    if (!wish) {
        return respond(fail(wish.error()));
    }
    wish->id = s.random.hex(8);
    auto answer = row_of(*wish, wish->id, s.clock.wall());
    auto matching = matching_alerts(s, routing, wish->matchers);
    if (!matching) {
        return respond(fail(matching.error()));
    }
    answer["alerts"] = std::move(*matching);
    submit_change(
        s, request,
        [id = wish->id, row = encode(*wish), answer](StoreBatch& batch) -> Result<Json> {
            batch.put(Family::silences, routing::silence_key(id), row);
            return answer;
        },
        telling(routing, std::move(respond)));
}

Result<std::string> id_of(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto given, request.required_text("id"));
    return whole_id(s.store, Family::silences, routing::silence_key(""), given, "silence");
}

// `row`: what stands in the store.
Result<Silence> found(const std::optional<std::string>& row, const std::string& id) {
    if (!row) {
        return fail(ErrorCode::not_found, "there is no silence '{}'", id);
    }
    return routing::decode_silence(*row);
}

void expire(const Sources& s, const RoutingSources& routing, const Request& request, Desk::Respond respond) {
    const auto id = id_of(s, request);
    if (!id) {
        return respond(fail(id.error()));
    }
    submit_change(
        s, request,
        [&s, id = *id](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto row, get_through(s.store, batch, Family::silences, routing::silence_key(id)));
            if (row && !routing::decode_silence(*row)) {  // there is nothing of it to keep
                batch.erase(Family::silences, routing::silence_key(id));
                return Json{{"id", id}, {"short_id", id}, {"state", "erased"}, {"comment", "its row was damaged"}};
            }
            VIGIE_TRY(auto silence, found(row, id));
            const auto now = s.clock.wall();
            if (routing::state_of(silence, now) == SilenceState::expired) {
                return fail(ErrorCode::conflict, "silence '{}' is over since {}", id, to_rfc3339(silence.ends_at));
            }
            silence.ends_at = now;
            silence.starts_at = std::min(silence.starts_at, now);
            batch.put(Family::silences, routing::silence_key(id), encode(silence));
            return row_of(silence, id, now);
        },
        telling(routing, std::move(respond)));
}

Result<Json> list(const Sources& s, const Request& request) {
    VIGIE_TRY(const bool is_all, request.flag("all"));
    VIGIE_TRY(const auto all, routing::list_silences(s.store));
    std::set<std::string> ids;
    for (const auto& silence : all) {
        ids.insert(silence.id);
    }
    const auto shorts = short_ids(ids);
    auto rows = Json::array();
    const auto now = s.clock.wall();
    for (const auto& silence : all) {
        if (is_all || routing::state_of(silence, now) != SilenceState::expired) {
            rows.push_back(row_of(silence, shorts.at(silence.id), now));
        }
    }
    return rows;
}

Result<Json> show(const Sources& s, const RoutingSources& routing, const Request& request) {
    VIGIE_TRY(const auto id, id_of(s, request));
    VIGIE_TRY(const auto row, s.store.get(Family::silences, routing::silence_key(id)));
    VIGIE_TRY(const auto silence, found(row, id));
    auto shown = row_of(silence, id, s.clock.wall());
    VIGIE_TRY(shown["alerts"], matching_alerts(s, routing, silence.matchers));
    return shown;
}

Result<Json> preview(const Sources& s, const RoutingSources& routing, const Request& request) {
    VIGIE_TRY(const auto matchers, matchers_of(request));
    VIGIE_CHECK(routing::check_narrow(matchers));  // as of one that is made
    return matching_alerts(s, routing, matchers);
}

}  // namespace

void add_silence_answers(Desk& desk, const Sources& sources, const RoutingSources& routing) {
    desk.change("silences.create", Role::operator_, {"matchers", "for", "starts_at", "comment"},
                [&sources, &routing](const Request& r, Desk::Respond respond) {
                    create(sources, routing, r, std::move(respond));
                });
    desk.change("silences.expire", Role::operator_, {"id"},
                [&sources, &routing](const Request& r, Desk::Respond respond) {
                    expire(sources, routing, r, std::move(respond));
                });
    desk.answer("silences.list", Role::viewer, {"all"}, [&sources](const Request& r) { return list(sources, r); });
    desk.answer("silences.show", Role::viewer, {"id"},
                [&sources, &routing](const Request& r) { return show(sources, routing, r); });
    desk.answer("silences.preview", Role::viewer, {"matchers"},
                [&sources, &routing](const Request& r) { return preview(sources, routing, r); });
}

}  // namespace vigie::controller
