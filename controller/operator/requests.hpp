// The form of a request and its answer on the operators' socket and on their port. One JSON object a line:
//   {"verb":"hosts.list","arguments":{…}}   ->   {"result":…}   or   {"error":{"code":"not_found","message":"…"}}
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "controller/operator/caller.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller {

using Json = nlohmann::json;

struct Request {
    std::string verb;  // noun.verb
    Json arguments = Json::object();
    Caller caller;
    // Set by whoever writes the request down in the audit log together with what it changes. Main loop only.
    std::shared_ptr<bool> is_witnessed = std::make_shared<bool>(false);

    // A text argument; "" when absent. malformed when it is there and not text.
    Result<std::string> text(std::string_view name) const;
    Result<std::string> required_text(std::string_view name) const;
    Result<bool> flag(std::string_view name) const;  // false when absent
    Result<int64_t> number(std::string_view name, int64_t fallback) const;
    Result<std::map<std::string, std::string>> texts(std::string_view name) const;  // an object of texts
};

std::string encode_request(const Request& request);
Result<Request> decode_request(std::string_view line);

std::string encode_answer(const Result<Json>& answer);
// The controller's error comes back as the failed side; a line that is no answer is unsupported.
Result<Json> decode_answer(std::string_view line);

}  // namespace vigie::controller
