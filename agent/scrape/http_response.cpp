// http_parser calls back with parts of headers and of the body.
#include "agent/scrape/http_response.hpp"

#include <http_parser.h>

#include <algorithm>
#include <limits>

namespace vigie::agent {
namespace {

constexpr size_t header_bytes_max = 1024;  // a longer name or value is none that is looked at

}  // namespace

struct HttpResponse::State {
    http_parser parser{};
    Bytes body_max;
    std::string header_name;  // lower case
    std::string* header_value = nullptr;
    bool is_in_value = false;
    std::string content_type;
    std::string content_encoding;
    std::string body;
    bool is_complete = false;
    Result<void> outcome;

    static State& of(http_parser* parser) { return *static_cast<State*>(parser->data); }

    static http_parser_settings settings() {
        http_parser_settings calls;
        http_parser_settings_init(&calls);
        calls.on_header_field = [](http_parser* caller, const char* at, size_t length) {
            of(caller).on_header_name({at, length});
            return 0;
        };
        calls.on_header_value = [](http_parser* caller, const char* at, size_t length) {
            of(caller).on_header_value({at, length});
            return 0;
        };
        calls.on_headers_complete = [](http_parser* caller) { return of(caller).on_headers(); };
        calls.on_body = [](http_parser* caller, const char* at, size_t length) {
            return of(caller).on_body({at, length});
        };
        calls.on_message_complete = [](http_parser* caller) { return of(caller).on_complete(); };
        return calls;
    }

    void on_header_name(std::string_view part) {
        if (is_in_value) {
            header_name.clear();
            is_in_value = false;
        }
        if (header_name.size() + part.size() > header_bytes_max) {
            return header_name.clear();
        }
        for (const char c : part) {
            header_name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    void on_header_value(std::string_view part) {
        if (!is_in_value) {
            is_in_value = true;
            header_value = header_name == "content-type"       ? &content_type
                           : header_name == "content-encoding" ? &content_encoding
                                                               : nullptr;
        }
        if (header_value != nullptr && header_value->size() + part.size() <= header_bytes_max) {
            header_value->append(part);
        }
    }

    int refuse(Error error) {
        outcome = tl::unexpected(std::move(error));
        return 3;  // other than 0, 1 and 2, which mean something to http_parser: it stops
    }
    int refuse_size() {
        return refuse({ErrorCode::too_large, fmt::format("the answer has more than {}", format_bytes(body_max))});
    }
    int on_headers() {
        if (parser.status_code >= 300 && parser.status_code < 400) {
            return refuse(
                {ErrorCode::unsupported, fmt::format("answered {}: redirections are not followed, name the right URL",
                                                     static_cast<unsigned>(parser.status_code))});
        }
        if (parser.status_code != 200) {
            return refuse({ErrorCode::unsupported,
                           fmt::format("answered {} instead of 200", static_cast<unsigned>(parser.status_code))});
        }
        if (!content_encoding.empty() && content_encoding != "identity") {
            return refuse({ErrorCode::unsupported, "answered with a compressed body, although none was asked for"});
        }
        const bool has_length = parser.content_length != std::numeric_limits<uint64_t>::max();
        return has_length && parser.content_length > body_max.count ? refuse_size() : 0;
    }
    int on_body(std::string_view part) {
        if (body.size() + part.size() > body_max.count) {
            return refuse_size();
        }
        body.append(part);
        return 0;
    }
    int on_complete() {
        is_complete = true;
        return 1;  // whatever follows is of no interest
    }
};

HttpResponse::HttpResponse(Bytes body_max) : state_(std::make_unique<State>()) {
    http_parser_init(&state_->parser, HTTP_RESPONSE);
    state_->parser.data = state_.get();
    state_->body_max = body_max;
}

HttpResponse::~HttpResponse() = default;

Result<bool> HttpResponse::take(std::string_view bytes) {
    auto& state = *state_;
    if (state.is_complete || !state.outcome) {
        return state.outcome.map([] { return true; });
    }
    const auto settings = State::settings();
    http_parser_execute(&state.parser, &settings, bytes.data(), bytes.size());
    if (!state.outcome) {
        return fail(state.outcome.error());
    }
    const auto error = HTTP_PARSER_ERRNO(&state.parser);
    if (!state.is_complete && error != HPE_OK) {
        return fail(ErrorCode::malformed, "what was answered is not HTTP: {}", http_errno_description(error));
    }
    return state.is_complete;
}

Result<void> HttpResponse::end() {
    const auto taken = take({});  // which is how http_parser is told of the end
    if (!taken) {
        return fail(taken.error());
    }
    return *taken ? Result<void>{}
                  : fail(ErrorCode::malformed, "the connection ended before the whole answer was there");
}

const std::string& HttpResponse::content_type() const {
    return state_->content_type;
}
const std::string& HttpResponse::body() const {
    return state_->body;
}

}  // namespace vigie::agent
