// What the server asks of libmicrohttpd beside its callbacks, in our types.
#pragma once
#include <microhttpd.h>

#include "controller/web/http_message.hpp"

namespace vigie::controller::web {

// "" when there is none.
std::string header_of(MHD_Connection* connection, const char* name);
// As Content-Length tells it; 0 without. A wrong number is found by what comes.
uint64_t told_length(MHD_Connection* connection);
int descriptor_of(MHD_Connection* connection);

// Takes the response over. MHD_NO: there is no memory for it, or the library expects none now.
MHD_Result queue_response(MHD_Connection* connection, HttpResponse response);

}  // namespace vigie::controller::web
