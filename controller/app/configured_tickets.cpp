#include "controller/app/configured_tickets.hpp"

#include "shared/core/nearest.hpp"

namespace vigie::controller {
namespace {

Result<routing::Matchers> matchers_of(const TicketsConfig::Text& text) {
    return routing::parse_matchers(text.text).map_error([&text](const Error& e) { return e.at(text.place); });
}

// Receivers of the configuration by the names that people write.
class Names {
  public:
    explicit Names(const std::vector<notify::Receiver>& receivers) {
        for (const auto& one : receivers) {
            known_.insert(one.shown_as.empty() ? one.name : one.shown_as);
        }
    }
    Result<std::string> check(const TicketsConfig::Text& text) const {
        if (text.text.empty() || known_.contains(text.text)) {
            return text.text;
        }
        const auto near = nearest(text.text, known_);
        return fail(ErrorCode::not_found, "{}: there is no receiver '{}'{}", text.place, text.text,
                    near.empty() ? ": name a webhook, or a receiver of alertmanager_file that has a channel"
                                 : fmt::format(", did you mean '{}'?", near));
    }

  private:
    Words known_;
};

Result<void> read_priorities(const TicketsConfig& said, tickets::Options& options) {
    if (!said.priorities.empty()) {
        options.priorities.clear();
    }
    for (const auto& one : said.priorities) {
        auto& priority = options.priorities.emplace_back();
        priority.name = one.name;
        priority.respond = one.respond;
        priority.resolve = one.resolve;
        if (!one.alerts.text.empty()) {
            VIGIE_TRY(priority.of_alerts, matchers_of(one.alerts));
        }
    }
    if (!said.default_priority.text.empty()) {
        options.default_priority = said.default_priority.text;
        if (find_priority(options, options.default_priority) == nullptr) {
            return fail(unknown_priority(options, options.default_priority).at(said.default_priority.place));
        }
    } else if (find_priority(options, options.default_priority) == nullptr) {
        options.default_priority = options.priorities.front().name;
    }
    return {};
}

}  // namespace

Result<tickets::Options> load_tickets(Files& files, const ControllerConfig& config,
                                      const std::vector<notify::Receiver>& receivers) {
    tickets::Options options;
    options.external_url = config.external_url;
    VIGIE_TRY(const auto configured, load_tickets_config(files, config.path));
    if (!configured) {
        return options;
    }
    const auto& said = *configured;
    const Names names(receivers);
    for (const auto& text : said.alerts) {
        VIGIE_TRY(auto matchers, matchers_of(text));
        options.alerts.push_back(std::move(matchers));
    }
    VIGIE_CHECK(read_priorities(said, options));
    for (const auto& level : said.escalate) {
        VIGIE_TRY(auto receiver, names.check(level.receiver));
        options.levels.push_back({level.after, std::move(receiver)});
    }
    VIGIE_TRY(options.support, names.check(said.support));
    VIGIE_TRY(options.requester, names.check(said.requester));
    VIGIE_TRY(options.tracker, names.check(said.tracker));
    options.tracker_token_file = said.tracker_token_file.text;
    options.tracker_place = said.tracker_token_file.place;
    if (!said.tracker_listen.text.empty()) {
        options.tracker_listen = said.tracker_listen.text;
    }
    for (const auto& [requester, receiver] : said.requesters) {
        VIGIE_TRY(options.requesters[requester], names.check(receiver));
    }
    options.reopen_for = said.reopen_for;
    options.kept_for = said.retention;
    return options;
}

}  // namespace vigie::controller
