// Who may ask. Without a token: whoever reaches the port, but no web page under a name of its own, which a browser on
// this machine could be made to send here (DNS rebinding). With one: whoever knows it.
#pragma once
#include <set>
#include <string>

#include "controller/web/api_answer.hpp"

namespace vigie::controller::web {

// Fewer characters could be guessed over the network in time.
constexpr size_t token_bytes_min = 16;

class Access {
  public:
    // `hosts`: names under which the controller is reached, beside localhost and plain addresses. Lower case.
    explicit Access(std::set<std::string> hosts = {}) : hosts_(std::move(hosts)) {}

    // The token is the file's first line: characters of RFC 6750's b64token, token_bytes_min at least. Errors never
    // have it. denied: others may read the file.
    Result<void> read_token(const std::string& path);
    bool has_token() const { return !token_hash_.empty(); }

    // Nothing when the request may be answered. `needs_token`: false for what tells nothing of the fleet.
    ApiResult<void> check(const HttpRequest& request, bool needs_token) const;

  private:
    bool is_own_name(std::string_view host) const;

    std::set<std::string> hosts_;
    std::string token_hash_;
};

}  // namespace vigie::controller::web
