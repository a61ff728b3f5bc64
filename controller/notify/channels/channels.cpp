#include "controller/notify/channels/channels.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controller/notify/channels/answer_body.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller::notify {

Request make_request(Telling& telling) {
    static const std::map<std::string, Request (*)(Telling&)> by_kind{
        {"email", email_request},         {"slack", slack_request},       {"discord", discord_request},
        {"pagerduty", pagerduty_request}, {"opsgenie", opsgenie_request}, {"telegram", telegram_request},
        {"ntfy", ntfy_request},           {"matrix", matrix_request},     {"alertmanager", alertmanager_request},
    };
    const auto found = by_kind.find(telling.channel().kind);
    VIGIE_ASSERT(found != by_kind.end());
    return found->second(telling);
}

Request request_to(const Receiver& receiver, std::vector<std::string> headers) {
    Request request;
    request.url = receiver.url;
    request.headers = std::move(headers);
    request.timeout = receiver.timeout;
    request.ca_file = receiver.ca_file;
    request.transport = receiver.transport;
    for (const auto& [name, value] : receiver.headers) {
        request.headers.push_back(fmt::format("{}: {}", name, value));
    }
    return request;
}

Request json_request(const Receiver& receiver, std::string url, const nlohmann::ordered_json& body) {
    auto request = request_to(receiver);
    request.url = std::move(url);
    request.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    request.look_into = note_answer_body;
    return request;
}

void leave_out(const std::set<std::string>& recipients, Request& request) {
    if (request.mail) {
        std::erase_if(request.mail->to, [&](const std::string& address) { return recipients.contains(address); });
    }
}

void set_authorization(Request& request, const std::string& value) {
    constexpr std::string_view field = "authorization:";
    std::erase_if(request.headers, [field](const std::string& header) {
        return header.size() >= field.size() &&
               std::equal(field.begin(), field.end(), header.begin(),
                          [](char low, char c) { return low == (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
    });
    request.headers.push_back("Authorization: " + value);
}

std::string base_of(const std::string& url) {
    return url.substr(0, url.find_last_not_of('/') + 1);
}

}  // namespace vigie::controller::notify
