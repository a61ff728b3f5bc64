// A request and its answer, and what passes between the server and whoever answers. No library's types.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace vigie::controller::web {

// The headers that mean something here; "" for one that did not come.
struct HttpRequest {
    std::string method{};
    std::string target{};  // path and query as they came
    std::string host{};
    std::string authorization{};
    std::string accept{};
    std::string content_type{};
    std::string body{};
};

struct HttpResponse {
    struct Header {
        std::string name;
        std::string value;
    };
    int status = 200;
    std::string content_type = "application/json";
    std::string body{};
    std::vector<Header> headers{};  // others
};

// One request and its answer. Numbers are never used twice.
using ExchangeId = uint64_t;

// The side that holds the connections. On the loop.
class HttpAnswers {
  public:
    virtual ~HttpAnswers() = default;
    // Once for each exchange that was taken, during take() or later. Nothing happens when its client has gone.
    virtual void answer(ExchangeId exchange, HttpResponse response) = 0;
};

// The side that answers. On the loop.
class HttpApp {
  public:
    virtual ~HttpApp() = default;
    virtual void take(ExchangeId exchange, HttpRequest request, HttpAnswers& to) = 0;
    // The client left before its answer, which nobody wants any more.
    virtual void gone(ExchangeId exchange) = 0;
};

}  // namespace vigie::controller::web
