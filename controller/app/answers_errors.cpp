// errors: list, show, resolve, ignore.
#include <algorithm>

#include "controller/app/answers.hpp"
#include "controller/app/short_ids.hpp"
#include "controller/errors/book.hpp"

namespace vigie::controller {
namespace {

using errors::ErrorGroup;

constexpr int64_t listed_max = 1'000;
constexpr size_t hosts_shown_max = 100;

// "load, x.py:12", with what of it is known.
std::string place_of(const ErrorGroup& group) {
    auto place = group.function;
    if (!group.code_file.empty()) {
        place += (place.empty() ? "" : ", ") + group.code_file;
        place += group.code_line > 0 ? fmt::format(":{}", group.code_line) : "";
    }
    return place;
}

Json row_of(const ErrorGroup& group, std::string_view short_id) {
    return Json{{"id", group.fingerprint},
                {"short_id", short_id},
                {"state", errors::name_of(group.state)},
                {"severity", group.severity == Severity::error ? "error" : "warning"},
                {"is_flood", group.is_flood},
                {"count", group.count},
                {"hosts", group.hosts},
                {"first_seen_at", to_rfc3339(group.first_seen)},
                {"last_seen_at", to_rfc3339(group.last_seen)},
                {"message", group.message},
                {"exception", group.exception},
                {"logger", group.logger},
                {"place", place_of(group)},
                {"host", group.host},
                {"file", group.file},
                {"reopened", group.reopened},
                {"changed_at", to_rfc3339(group.changed_at)},
                {"changed_by", group.changed_by}};
}

// What a list is asked for. Without a state: what is neither resolved nor ignored.
struct Wanted {
    std::optional<errors::State> state = errors::State::fresh;
    std::string host;
    int64_t limit = 50;
};

Result<Wanted> wanted_of(const Request& request) {
    Wanted wanted;
    VIGIE_TRY(const auto word, request.text("state"));
    if (!word.empty()) {
        wanted.state = errors::state_named(word);
        if (!wanted.state && word != "all") {
            return fail(ErrorCode::malformed, "state '{}': must be new, resolved, ignored or all", word);
        }
    }
    VIGIE_TRY(wanted.host, request.text("host"));
    VIGIE_TRY(wanted.limit, request.number("limit", wanted.limit));
    if (wanted.limit < 1 || wanted.limit > listed_max) {
        return fail(ErrorCode::malformed, "--limit {}: must be between 1 and {}", wanted.limit, listed_max);
    }
    return wanted;
}

Result<bool> is_of_host(const StateStore& store, const ErrorGroup& group, const std::string& host) {
    if (host.empty() || group.host == host) {
        return true;
    }
    VIGIE_TRY(const auto share, store.get(Family::errors, errors::host_key(group.fingerprint, host)));
    return share.has_value();
}

// Newest first.
Result<Json> list(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto wanted, wanted_of(request));
    VIGIE_TRY(auto groups, errors::list_groups(s.store));
    std::set<std::string> ids;
    for (const auto& group : groups) {
        ids.insert(group.fingerprint);
    }
    const auto shorts = short_ids(ids);
    std::sort(groups.begin(), groups.end(),
              [](const ErrorGroup& a, const ErrorGroup& b) { return a.last_seen > b.last_seen; });
    auto rows = Json::array();
    for (const auto& group : groups) {
        if (wanted.state && group.state != *wanted.state) {
            continue;
        }
        VIGIE_TRY(const bool is_theirs, is_of_host(s.store, group, wanted.host));
        if (is_theirs) {
            rows.push_back(row_of(group, shorts.at(group.fingerprint)));
        }
        if (rows.size() == static_cast<size_t>(wanted.limit)) {
            break;
        }
    }
    return rows;
}

Result<std::string> id_of(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto given, request.required_text("id"));
    return whole_id(s.store, Family::errors, errors::group_key(""), given, "error");
}

Result<Json> show(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto id, id_of(s, request));
    VIGIE_TRY(const auto group, errors::find_group(s.store, id));
    if (!group) {
        return fail(ErrorCode::not_found, "there are no errors '{}': vigie errors list shows them", id);
    }
    VIGIE_TRY(const auto short_id, short_id_in(s.store, Family::errors, errors::group_key(""), id));
    auto shown = row_of(*group, short_id);
    VIGIE_TRY(const auto sample, errors::find_sample(s.store, id));
    if (sample) {
        shown["stack"] = sample->stack;
        shown["request"] = Json{{"method", sample->method}, {"url", sample->url}, {"client", sample->client}};
    }
    VIGIE_TRY(auto hosts, errors::hosts_of(s.store, id));
    std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
    auto shares = Json::array();
    for (size_t i = 0; i < std::min(hosts.size(), hosts_shown_max); ++i) {
        shares.push_back({{"host", hosts[i].first},
                          {"count", hosts[i].second.count},
                          {"first_seen_at", to_rfc3339(hosts[i].second.first_seen)},
                          {"last_seen_at", to_rfc3339(hosts[i].second.last_seen)}});
    }
    shown["host_list"] = std::move(shares);
    return shown;
}

void decide(const Sources& s, errors::State state, const Request& request, Desk::Respond respond) {
    const auto id = id_of(s, request);
    if (!id) {
        return respond(fail(id.error()));
    }
    submit_change(
        s, request,
        [&s, state, id = *id, by = request.caller.name](StoreBatch& batch) -> Result<Json> {
            VIGIE_TRY(const auto group, errors::set_state(s.store, id, state, by, s.clock.wall(), batch));
            return row_of(group, id);
        },
        std::move(respond));
}

}  // namespace

void add_error_answers(Desk& desk, const Sources& sources) {
    desk.answer("errors.list", Role::viewer, {"state", "host", "limit"},
                [&sources](const Request& r) { return list(sources, r); });
    desk.answer("errors.show", Role::viewer, {"id"}, [&sources](const Request& r) { return show(sources, r); });
    for (const auto& [verb, state] :
         {std::pair("errors.resolve", errors::State::resolved), std::pair("errors.ignore", errors::State::ignored)}) {
        desk.change(verb, Role::operator_, {"id"}, [&sources, state = state](const Request& r, Desk::Respond respond) {
            decide(sources, state, r, std::move(respond));
        });
    }
}

}  // namespace vigie::controller
