// Secrets out of what programs write, before anything of it leaves the host or is kept. What is cut away is cut for
// good: when in doubt, a text loses a harmless word rather than keeps a password.
#pragma once
#include <string>
#include <string_view>

#include "agent/errors/record.hpp"

namespace vigie::agent::errors {

constexpr std::string_view scrubbed_mark = "[scrubbed]";

// In any text, of one line or several:
// - values of names such as password, secret, token, api_key, authorization, cookie: name=value, name: value, in JSON,
//   in Python's and PHP's forms, in query strings, and of command lines' --name value;
// - user and password of a URL, scheme://user:password@host;
// - what follows Bearer or Basic;
// - JSON web tokens, access keys of AWS, GitHub, GitLab, Slack, Stripe and Google by their prefixes, private keys in
// PEM;
// - digits that could be the number of a payment card (13 to 19 of them with Luhn's check digit, ISO/IEC 7812-1).
std::string scrub(std::string_view text);

// All texts of a record.
void scrub_record(LogRecord& record);

}  // namespace vigie::agent::errors
