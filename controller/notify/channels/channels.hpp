// One request for each message, by the kind of the receiver's channel. Pure: what to send, to whom, and with which
// secrets; curl_channel sends it.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <set>

#include "controller/notify/channel.hpp"
#include "controller/notify/channels/telling.hpp"

namespace vigie::controller::notify {

// Of any kind but a webhook. A request that cannot be made says why in `refused`.
Request make_request(Telling& telling);

Request email_request(Telling& telling);         // RFC 5321, RFC 5322
Request slack_request(Telling& telling);         // incoming webhooks, also Mattermost's
Request discord_request(Telling& telling);       // webhooks
Request pagerduty_request(Telling& telling);     // Events API v2
Request opsgenie_request(Telling& telling);      // Alert API
Request telegram_request(Telling& telling);      // Bot API, sendMessage
Request ntfy_request(Telling& telling);          // publishing as JSON
Request matrix_request(Telling& telling);        // client-server API, m.room.message
Request alertmanager_request(Telling& telling);  // API v2, alerts

// To the receiver's own URL, with its time limit, certificates, transport, and its headers behind `headers`. The body
// is still to be set.
Request request_to(const Receiver& receiver, std::vector<std::string> headers = {});
// The same, elsewhere and of JSON. Bytes that are not UTF-8 become U+FFFD.
Request json_request(const Receiver& receiver, std::string url, const nlohmann::ordered_json& body);
// Of a mail: not to them again; its header still names them.
void leave_out(const std::set<std::string>& recipients, Request& request);
// In place of what http_config says: a request with two of them is refused, or the wrong one counts.
void set_authorization(Request& request, const std::string& value);
// The service's address without a slash at its end.
std::string base_of(const std::string& url);

}  // namespace vigie::controller::notify
