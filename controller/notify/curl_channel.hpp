// Channel over libcurl's multi interface: many exchanges on the caller's thread, none of them blocking another.
#pragma once
#include <memory>

#include "controller/notify/channel.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller::notify {

// Certificates and host names are verified, only http and https are spoken, and smtp and smtps where the request is a
// mail; redirects are answers and proxies are not used, whatever the environment says, but where Request::transport
// asks for them. Of an answer's body only the first 64 KiB are read, for Request::look_into.
class CurlChannel final : public Channel {
  public:
    // `connect_timeout`: of HTTP; mail has the request's own.
    static Result<std::unique_ptr<CurlChannel>> open(milliseconds connect_timeout = 5s);
    ~CurlChannel() override;  // exchanges under way are cut

    void start(uint64_t number, const Request& request) override;
    std::vector<Answer> wait(milliseconds limit) override;
    void wake() override;

  private:
    struct State;
    explicit CurlChannel(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace vigie::controller::notify
