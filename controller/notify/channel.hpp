// Posting messages, as an interface: libcurl in production, a script in tests. Used by one thread, but for wake().
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "shared/core/time.hpp"

namespace vigie::controller::notify {

struct Request {
    std::string url;
    std::vector<std::string> headers;  // "Name: value"
    std::string body;                  // application/json
    milliseconds timeout{10'000};
    std::string ca_file;
};

// How an exchange ended.
struct Answer {
    uint64_t number = 0;  // what start() was given
    int status = 0;       // HTTP's; 0: no answer
    std::optional<milliseconds> retry_after;
    std::string problem;  // when there is no answer: why, without the URL
};

class Channel {
  public:
    virtual ~Channel() = default;
    // Begins one POST. Its answer comes from a later wait(), exactly once, also when it could not even begin.
    virtual void start(uint64_t number, const Request& request) = 0;
    // Waits until an exchange ends, wake() is called or the time is over.
    virtual std::vector<Answer> wait(milliseconds limit) = 0;
    // Any thread: ends the wait() under way, or the next one.
    virtual void wake() = 0;
};

}  // namespace vigie::controller::notify
