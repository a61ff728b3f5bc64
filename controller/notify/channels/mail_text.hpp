// Mail as RFC 5322 and MIME have it: header fields that are ASCII and short, bodies as quoted-printable. Nothing that
// is put in can begin a field or end a line of its own.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::notify {

struct Mailbox {
    std::string name;     // shown; "": none
    std::string address;  // local@domain, visible ASCII
};

// "Ops <ops@example.org>, a@example.org". malformed, naming the part, when one is no mailbox.
Result<std::vector<Mailbox>> read_mailboxes(std::string_view text);
// As they stand in a field, each on a line of its own from the second on.
std::string mailboxes_text(const std::vector<Mailbox>& all);

// "Name: text", folded, with CRLF, at most 900 characters of it: what is no printable ASCII, or has no place to fold,
// as encoded words (RFC 2047).
std::string text_field(std::string_view name, std::string_view text);
// A body as quoted-printable (RFC 2045, 6.7): lines of at most 76 characters that end with CRLF and begin with no dot.
std::string quoted_printable(std::string_view text);
// "Fri, 15 Jan 2027 08:00:00 +0000"
std::string mail_date(WallTime time);

}  // namespace vigie::controller::notify
