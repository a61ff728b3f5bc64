// Checks with libcurl's own URL parser, so that what is checked is what is dialled.
#include "controller/notify/receiver.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Url parse(const std::string& url) {
    Url parsed(curl_url(), curl_url_cleanup);
    if (parsed && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
        parsed.reset();
    }
    return parsed;
}

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) {
        return {};
    }
    std::string result(text);
    curl_free(text);
    return result;
}

// A line break would begin a header of its own; NUL would end it.
bool is_header(std::string_view name, std::string_view value) {
    const auto is_token = [](char c) { return c > ' ' && c <= '~' && c != ':'; };
    const auto is_text = [](char c) { return c == '\t' || static_cast<uint8_t>(c) >= ' '; };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_token) &&
           std::all_of(value.begin(), value.end(), is_text);
}

Result<void> check_url(const std::string& url, bool is_mail) {
    const auto parsed = url.find('\0') == std::string::npos ? parse(url) : Url(nullptr, curl_url_cleanup);
    if (!parsed) {
        return fail(ErrorCode::malformed, "url: must be a URL such as https://host/path");
    }
    const auto scheme = part_of(parsed.get(), CURLUPART_SCHEME);
    if (is_mail ? scheme != "smtp" : scheme != "http" && scheme != "https") {
        return fail(ErrorCode::malformed, "url: must begin with http:// or https://");
    }
    if (part_of(parsed.get(), CURLUPART_HOST).empty()) {
        return fail(ErrorCode::malformed, "url: must name a host");
    }
    return {};
}

}  // namespace

Result<void> check_receiver(const Receiver& receiver) {
    const auto place =
        fmt::format("{} '{}'", receiver.channel.kind.empty() ? "webhook" : receiver.channel.kind, receiver.name);
    if (const auto url = check_url(receiver.url, receiver.channel.kind == "email"); !url) {
        return fail(url.error().at(place));
    }
    for (const auto& [name, value] : receiver.headers) {
        if (!is_header(name, value)) {
            return fail(ErrorCode::malformed, "{}: headers: '{}' is not a header that can be sent", place, name);
        }
    }
    if (receiver.timeout < 100ms || receiver.timeout > 5min) {
        return fail(ErrorCode::malformed, "{}: timeout: must be between 100ms and 5m", place);
    }
    return {};
}

std::string server_of(const routing::ChannelConfig& channel) {
    if (channel.kind == "email") {
        return "smtp://" + channel.text("smarthost");
    }
    for (const auto* key : {"api_url", "webhook_url", "homeserver_url", "url"}) {
        if (!channel.text(key).empty()) {
            return channel.text(key);
        }
    }
    return "";
}

std::string basic_authorization(std::string_view user, std::string_view password) {
    return "Basic " + base64(fmt::format("{}:{}", user, password));
}

std::string address_of(const std::string& url) {
    const auto parsed = parse(url);
    if (!parsed) {
        return "a URL that is not readable";
    }
    const auto port = part_of(parsed.get(), CURLUPART_PORT);
    return fmt::format("{}://{}{}{}/…", part_of(parsed.get(), CURLUPART_SCHEME), part_of(parsed.get(), CURLUPART_HOST),
                       port.empty() ? "" : ":", port);
}

}  // namespace vigie::controller::notify
