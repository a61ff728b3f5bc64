#include "controller/web/library_calls.hpp"

#include <charconv>
#include <memory>

namespace vigie::controller::web {
namespace {

void free_body(void* body) {
    delete static_cast<std::string*>(body);
}

}  // namespace

std::string header_of(MHD_Connection* connection, const char* name) {
    const auto* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value == nullptr ? "" : value;
}

int descriptor_of(MHD_Connection* connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

uint64_t told_length(MHD_Connection* connection) {
    const auto text = header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    uint64_t length = 0;
    std::from_chars(text.data(), text.data() + text.size(), length);
    return length;
}

MHD_Result queue_response(MHD_Connection* connection, HttpResponse response) {
    const auto status = static_cast<unsigned>(response.status);
    auto body = std::make_unique<std::string>(std::move(response.body));
    auto* made =
        MHD_create_response_from_buffer_with_free_callback_cls(body->size(), body->data(), free_body, body.get());
    if (made == nullptr) {
        return MHD_NO;
    }
    static_cast<void>(body.release());  // free_body's now
    if (!response.content_type.empty()) {
        MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE, response.content_type.c_str());
    }
    // Nobody shall guess a page out of JSON, nor keep what a token protects.
    MHD_add_response_header(made, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(made, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    for (const auto& header : response.headers) {
        MHD_add_response_header(made, header.name.c_str(), header.value.c_str());
    }
    const auto queued = MHD_queue_response(connection, status, made);
    MHD_destroy_response(made);
    return queued;
}

}  // namespace vigie::controller::web
