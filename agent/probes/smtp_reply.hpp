// One reply of an SMTP server, of one line or several: RFC 5321, section 4.2. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

struct SmtpReply {
    int code = 0;
    std::vector<std::string> lines;  // without the code
    size_t consumed = 0;
};

// Nothing: more bytes are needed. malformed: this is no SMTP.
Result<std::optional<SmtpReply>> parse_smtp_reply(std::string_view bytes);

// Whether the answer to EHLO offers the extension, such as STARTTLS.
bool has_extension(const SmtpReply& reply, std::string_view keyword);

}  // namespace vigie::agent
