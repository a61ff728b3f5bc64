// The answer to one GET over HTTP/1.1, as it comes: RFC 9112, chunked or not. The door to http_parser.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent {

class HttpResponse {
  public:
    explicit HttpResponse(Bytes body_max);
    ~HttpResponse();
    HttpResponse(const HttpResponse&) = delete;
    HttpResponse& operator=(const HttpResponse&) = delete;

    // The next bytes; true when the answer is whole, and more would be passed over. Errors end it: malformed, too_large
    // for a body over its limit, unsupported for any status but 200 and for a compressed body (none was asked for).
    Result<bool> take(std::string_view bytes);
    // The peer ended the connection, which ends a body without a length. malformed: the answer is not whole.
    Result<void> end();

    // Of a whole answer.
    const std::string& content_type() const;
    const std::string& body() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vigie::agent
