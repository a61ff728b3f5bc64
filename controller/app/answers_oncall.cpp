// oncall: who, schedule, and overrides.
#include "controller/app/answers_oncall.hpp"

#include "controller/app/answers_series.hpp"
#include "controller/app/short_ids.hpp"

namespace vigie::controller {

void add_ack_answers(Desk& desk, const Sources& sources, const RoutingSources& routing);  // answers_ack.cpp

namespace {

using oncall::OnCall;
using oncall::Override;
using oncall::Rota;

// Further than turns of a week and a holiday last; `who` looks no further for the end of a turn.
constexpr auto turn_end_within = std::chrono::hours{24 * 35};
constexpr int64_t schedule_days_default = 14;
constexpr int64_t schedule_days_max = 366;

Result<const Rota*> rota_of(const OnCall& oncall, std::string_view name) {
    const auto* rota = oncall.find_rota(name);
    return rota != nullptr ? Result<const Rota*>(rota) : fail(unknown_rota(oncall, name));
}

Result<WallTime> time_of(const Request& request, std::string_view name, std::string_view option, WallTime fallback) {
    VIGIE_TRY(const auto text, request.text(name));
    return text.empty() ? fallback : parse_rfc3339(text).map_error([option](const Error& e) { return e.at(option); });
}

Json receiver_of(const OnCall& oncall, const std::string& person) {
    const auto* found = oncall.find_person(person);
    return found == nullptr ? Json(nullptr) : Json(found->receiver);
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json row_of_rota(const OnCall& oncall, const Rota& rota, const std::vector<Override>& overrides, WallTime at) {
    Json row{{"rota", rota.name}, {"time_zone", rota.zone.name()}, {"person", nullptr}, {"receiver", nullptr},
             {"layer", nullptr},  {"override", nullptr},           {"until", nullptr}};
    const auto shifts = oncall::shifts_of(rota, overrides, at, at + turn_end_within);
    if (shifts.empty() || shifts.front().from > at) {
        row["until"] = shifts.empty() ? Json(nullptr) : Json(to_rfc3339(shifts.front().from));
        return row;
    }
    const auto& [from, until, duty] = shifts.front();
    row["person"] = duty.person;
    row["receiver"] = receiver_of(oncall, duty.person);
    row["layer"] = text_or_null(duty.layer);
    row["override"] = text_or_null(duty.override_id);
    if (until < at + turn_end_within) {
        row["until"] = to_rfc3339(until);
    }
    return row;
}

Result<Json> who(const Sources& s, const Request& request) {
    const auto& oncall = s.records.oncall();
    VIGIE_TRY(const auto name, request.text("rota"));
    VIGIE_TRY(const auto at, time_of(request, "at", "--at", s.clock.wall()));
    VIGIE_TRY(auto stored, oncall::list_overrides(s.store));
    const auto overrides = oncall.known(std::move(stored));
    auto rows = Json::array();
    if (!name.empty()) {
        VIGIE_TRY(const auto* rota, rota_of(oncall, name));
        rows.push_back(row_of_rota(oncall, *rota, overrides, at));
        return rows;
    }
    for (const auto& rota : oncall.rotas) {
        rows.push_back(row_of_rota(oncall, rota, overrides, at));
    }
    return rows;
}

// What a schedule is reckoned from, on the pool: a year of daily turns takes longer than the loop may wait.
struct ScheduleWish {
    const OnCall& oncall;
    const Rota& rota;
    std::vector<Override> overrides;
    WallTime from;
    WallTime until;
};

Result<ScheduleWish> schedule_wish_of(const Sources& s, const Request& request) {
    const auto& oncall = s.records.oncall();
    VIGIE_TRY(const auto name, request.required_text("rota"));
    VIGIE_TRY(const auto* rota, rota_of(oncall, name));
    VIGIE_TRY(const auto days, request.number("days", schedule_days_default));
    if (days < 1 || days > schedule_days_max) {
        return fail(ErrorCode::malformed, "oncall schedule: --days must be 1 to {}", schedule_days_max);
    }
    VIGIE_TRY(const auto back, request.number("since_ms", 0));
    if (back < 0 || milliseconds{back} > std::chrono::hours{24 * schedule_days_max}) {
        return fail(ErrorCode::malformed, "oncall schedule: --since must be at most {}d", schedule_days_max);
    }
    VIGIE_TRY(auto stored, oncall::list_overrides(s.store));
    const auto now = s.clock.wall();
    return ScheduleWish{oncall, *rota, oncall.known(std::move(stored)), now - milliseconds{back},
                        now + std::chrono::hours{24 * days}};
}

Json schedule(const ScheduleWish& wish) {
    auto rows = Json::array();
    for (const auto& [from, until, duty] : oncall::shifts_of(wish.rota, wish.overrides, wish.from, wish.until)) {
        rows.push_back({{"rota", wish.rota.name},
                        {"from", to_rfc3339(from)},
                        {"until", to_rfc3339(until)},
                        {"person", duty.person},
                        {"receiver", receiver_of(wish.oncall, duty.person)},
                        {"layer", text_or_null(duty.layer)},
                        {"override", text_or_null(duty.override_id)}});
    }
    return rows;
}

void answer_schedule(const Sources& s, QueryRunner& runner, const Request& request, const LineServer::Reply& reply) {
    auto wish = schedule_wish_of(s, request);
    if (!wish) {
        return reply(encode_answer(fail(wish.error())));
    }
    answer_on_pool(
        runner, s.clock, reply,
        [wish = std::move(*wish)](query::Budget&, const std::atomic<bool>&) -> Result<Json> { return schedule(wish); });
}

std::string_view state_of(const Override& one, WallTime at) {
    return at >= one.until ? "expired" : at < one.from ? "pending" : "active";
}

Json row_of(const Override& one, std::string_view short_id, WallTime now) {
    return Json{{"id", one.id},
                {"short_id", short_id},
                {"state", state_of(one, now)},
                {"rota", one.rota},
                {"person", one.person},
                {"from", to_rfc3339(one.from)},
                {"until", to_rfc3339(one.until)},
                {"author", one.author},
                {"comment", one.comment},
                {"created_at", to_rfc3339(one.created_at)}};
}

Result<Override> wish_of(const Sources& s, const Request& request) {
    const auto& oncall = s.records.oncall();
    Override one;
    one.created_at = s.clock.wall();
    one.author = request.caller.name;
    VIGIE_TRY(one.rota, request.required_text("rota"));
    VIGIE_CHECK(rota_of(oncall, one.rota));
    VIGIE_TRY(one.person, request.required_text("person"));
    if (oncall.find_person(one.person) == nullptr) {
        return fail(unknown_person(oncall, one.person));
    }
    VIGIE_TRY(one.comment, request.text("comment"));
    VIGIE_TRY(one.from, time_of(request, "from", "--from", one.created_at));
    VIGIE_TRY(const auto until, request.text("until"));
    VIGIE_TRY(const auto span, request.text("for"));
    if (until.empty() == span.empty()) {
        return fail(ErrorCode::malformed, "oncall override add: say when it ends, with either --until or --for");
    }
    if (span.empty()) {
        VIGIE_TRY(one.until, time_of(request, "until", "--until", {}));
    } else {
        VIGIE_TRY(const auto lasting, parse_duration(span).map_error([](const Error& e) { return e.at("--for"); }));
        one.until = one.from + std::min<milliseconds>(lasting, 2 * oncall::override_max);  // refused below
    }
    VIGIE_CHECK(oncall::check_override(one, one.created_at));
    one.from = std::max(one.from, one.created_at);  // who was on call before stays told
    return one;
}

void add_override(const Sources& s, const Request& request, Desk::Respond respond) {
    auto wish = wish_of(s, request);
    if (!wish) {
        return respond(fail(wish.error()));
    }
    wish->id = s.random.hex(8);
    auto answer = row_of(*wish, wish->id, wish->created_at);
    submit_change(
        s, request,
        [one = std::move(*wish), answer = std::move(answer)](StoreBatch& batch) -> Result<Json> {
            batch.put(Family::silences, oncall::override_key(one.id), encode(one));
            return answer;
        },
        std::move(respond));
}

// What is over stays as it was: nobody may change afterwards who was on call.
void remove_override(const Sources& s, const Request& request, Desk::Respond respond) {
    const auto given = request.required_text("id");
    const auto id = given ? whole_id(s.store, Family::silences, oncall::override_key(""), *given, "override")
                          : Result<std::string>(fail(given.error()));
    if (!id) {
        return respond(fail(id.error()));
    }
    submit_change(
        s, request,
        [&s, id = *id](StoreBatch& batch) -> Result<Json> {
            const auto key = oncall::override_key(id);
            VIGIE_TRY(const auto row, get_through(s.store, batch, Family::silences, key));
            if (!row) {
                return fail(ErrorCode::not_found, "there is no override '{}'", id);
            }
            const auto now = s.clock.wall();
            auto decoded = oncall::decode_override(*row);
            if (!decoded) {  // there is nothing of it to keep
                batch.erase(Family::silences, key);
                return Json{{"id", id}, {"short_id", id}, {"state", "erased"}, {"comment", "its row was damaged"}};
            }
            auto& one = *decoded;
            if (now >= one.until) {
                return fail(ErrorCode::conflict, "override '{}' is over since {}", id, to_rfc3339(one.until));
            }
            if (now <= one.from) {
                batch.erase(Family::silences, key);
            } else {
                one.until = now;
                batch.put(Family::silences, key, encode(one));
            }
            return row_of(one, id, now);
        },
        std::move(respond));
}

Result<Json> list_overrides(const Sources& s, const Request& request) {
    VIGIE_TRY(const bool is_all, request.flag("all"));
    VIGIE_TRY(auto all, oncall::list_overrides(s.store));
    std::set<std::string> ids;
    for (const auto& one : all) {
        ids.insert(one.id);
    }
    const auto shorts = short_ids(ids);
    std::sort(all.begin(), all.end(), [](const Override& a, const Override& b) { return a.from < b.from; });
    const auto now = s.clock.wall();
    auto rows = Json::array();
    for (const auto& one : all) {
        if (is_all || now < one.until) {
            rows.push_back(row_of(one, shorts.at(one.id), now));
        }
    }
    return rows;
}

}  // namespace

void add_oncall_answers(Desk& desk, const Sources& sources, const RoutingSources& routing, QueryRunner& runner) {
    desk.answer("oncall.who", Role::viewer, {"rota", "at"}, [&sources](const Request& r) { return who(sources, r); });
    desk.answer_encoded("oncall.schedule", Role::viewer, {"rota", "days", "since_ms"},
                        [&sources, &runner](const Request& r, const LineServer::Reply& reply) {
                            answer_schedule(sources, runner, r, reply);
                        });
    desk.answer("oncall.override.list", Role::viewer, {"all"},
                [&sources](const Request& r) { return list_overrides(sources, r); });
    desk.change("oncall.override.add", Role::operator_, {"rota", "person", "from", "until", "for", "comment"},
                [&sources](const Request& r, Desk::Respond respond) { add_override(sources, r, std::move(respond)); });
    desk.change("oncall.override.remove", Role::operator_, {"id"}, [&sources](const Request& r, Desk::Respond respond) {
        remove_override(sources, r, std::move(respond));
    });
    add_ack_answers(desk, sources, routing);
}

}  // namespace vigie::controller
