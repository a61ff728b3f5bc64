// Client-server API (https://spec.matrix.org/v1.5/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid).
// The transaction id is the message's key: what is sent again is taken once.
#include <nlohmann/json.hpp>

#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Json = nlohmann::ordered_json;

// A whole event has at most 65,536 bytes, and JSON may double a text.
constexpr size_t body_bytes_max = 12'000;
constexpr size_t html_bytes_max = 16'000;

}  // namespace

Request matrix_request(Telling& telling) {
    const auto& channel = telling.channel();
    Json body;
    body["msgtype"] = channel.text("msgtype");
    body["body"] = shortened_to_bytes(telling.text("message"), body_bytes_max);
    const auto html = telling.text("html", escape_html);
    if (!html.empty() && html.size() <= html_bytes_max) {  // markup cannot be cut: then the plain body is shown
        body["format"] = "org.matrix.custom.html";
        body["formatted_body"] = html;
    }
    const auto url =
        fmt::format("{}/_matrix/client/v3/rooms/{}/send/m.room.message/{}", base_of(channel.text("homeserver_url")),
                    percent_encoded(channel.text("room_id")), percent_encoded(telling.key()));
    auto request = json_request(telling.receiver(), url, body);
    request.method = "PUT";
    set_authorization(request, "Bearer " + channel.text("access_token"));
    return request;
}

}  // namespace vigie::controller::notify
