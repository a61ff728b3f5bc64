#include "controller/tickets/telling.hpp"

#include "controller/notify/channels/encodings.hpp"
#include "shared/core/harmless.hpp"

namespace vigie::controller::tickets {
namespace {

using nlohmann::json;

json time_of(const std::optional<WallTime>& at) {
    return at ? json(to_rfc3339(*at)) : json(nullptr);
}

json promise_of(const Ticket& ticket, const Options& options, Promise promise, WallTime now) {
    const auto* priority = find_priority(options, ticket.priority);
    const auto limit =
        priority == nullptr ? 0ms : (promise == Promise::respond ? priority->respond : priority->resolve);
    if (limit == 0ms) {
        return nullptr;
    }
    const auto left = time_left(ticket, *priority, promise, now);
    return {{"within_ms", limit.count()},
            {"left_ms", left ? json(left->count()) : json(nullptr)},
            {"is_broken", is_broken(ticket, *priority, promise, now)}};
}

std::string url_of(const Ticket& ticket, const Options& options) {
    return options.external_url.empty() ? "" : fmt::format("{}/tickets/{}", options.external_url, ticket.number);
}

}  // namespace

json json_of(const Ticket& ticket, const Options& options, WallTime now) {
    return {{"id", fmt::format("{}", ticket.number)},
            {"number", ticket.number},
            {"version", ticket.version},
            {"title", ticket.title},
            {"description", ticket.description},
            {"status", name_of(ticket.status)},
            {"priority", ticket.priority},
            {"requester", ticket.requester},
            {"assignee", ticket.assignee},
            {"labels", ticket.labels},
            {"host", ticket.host},
            {"alert", ticket.alert},
            {"run", ticket.run},
            {"reference", ticket.reference},
            {"follows", ticket.follows == 0 ? json(nullptr) : json(ticket.follows)},
            {"comments", ticket.comments},
            {"created_at", to_rfc3339(ticket.created_at)},
            {"changed_at", to_rfc3339(ticket.changed_at)},
            {"resolved_at", time_of(ticket.resolved_at)},
            {"counted_ms", ticket.watch.at(now).count()},
            {"responded_after_ms", ticket.responded_after ? json(ticket.responded_after->count()) : json(nullptr)},
            {"respond", promise_of(ticket, options, Promise::respond, now)},
            {"resolve", promise_of(ticket, options, Promise::resolve, now)}};
}

json json_of(const Comment& comment) {
    return {
        {"number", comment.number}, {"at", to_rfc3339(comment.at)}, {"author", comment.author}, {"text", comment.text}};
}

json json_of(const Change& change) {
    auto fields = json::array();
    for (const auto& field : change.fields) {
        fields.push_back({{"field", field.field}, {"from", field.from}, {"to", field.to}});
    }
    return {{"version", change.version},
            {"at", to_rfc3339(change.at)},
            {"author", change.author},
            {"what", change.what},
            {"fields", std::move(fields)}};
}

notify::Notice notice_of(const Ticket& ticket, const News& news, const std::string& receiver, const Options& options,
                         WallTime now) {
    const auto url = url_of(ticket, options);
    json told{{"kind", "ticket"},
              {"version", "1"},
              {"event", news.event},
              {"receiver", receiver},
              {"sentence", news.sentence},
              {"url", url},
              {"ticket", json_of(ticket, options, now)}};
    if (news.comment) {
        told["comment"] = json_of(*news.comment);
    }
    notify::Notice notice;
    notice.receiver = receiver;
    notice.about = fmt::format("ticket {}", ticket.number);
    notice.subject = fmt::format("[ticket {}] {}", ticket.number, harmless(ticket.title));
    notice.text = fmt::format("{}\n\nticket {}: {}\nstatus {}, priority {}, assignee {}, requester {}\n{}{}",
                              harmless(news.sentence), ticket.number, harmless(ticket.title), name_of(ticket.status),
                              harmless(ticket.priority), ticket.assignee.empty() ? "-" : harmless(ticket.assignee),
                              ticket.requester.empty() ? "-" : harmless(ticket.requester),
                              ticket.host.empty() ? "" : fmt::format("host {}\n", harmless(ticket.host)),
                              url.empty() ? "" : url + "\n");
    notice.fields = {{"ticket", fmt::format("{}", ticket.number)},
                     {"event", news.event},
                     {"status", std::string(name_of(ticket.status))},
                     {"priority", ticket.priority},
                     {"requester", ticket.requester},
                     {"assignee", ticket.assignee},
                     {"host", ticket.host},
                     {"url", url}};
    notice.json = told.dump(-1, ' ', false, json::error_handler_t::replace);
    // Fit for a header, whatever a receiver is called.
    notice.idempotency_key =
        fmt::format("ticket-{}-{}-{}{}{}-{}", ticket.number, ticket.version, news.event, news.detail.empty() ? "" : "-",
                    notify::percent_encoded(news.detail), notify::percent_encoded(receiver));
    notice.at = now;
    notice.is_over = !is_unresolved(ticket.status);
    return notice;
}

std::string receiver_of_requester(const Options& options, const std::string& requester) {
    if (requester.empty()) {
        return "";
    }
    const auto own = options.requesters.find(requester);
    return own == options.requesters.end() ? options.requester : own->second;
}

}  // namespace vigie::controller::tickets
