// Texts as services take them: whole characters, no longer than they allow, and nothing in them that would be markup.
#pragma once
#include <string>
#include <string_view>

namespace vigie::controller::notify {

// Standard alphabet, padded (RFC 4648).
std::string base64(std::string_view bytes);
// Everything but RFC 3986's unreserved characters as %XX: fit for a segment of a path.
std::string percent_encoded(std::string_view text);

// Bytes that are not of UTF-8 become U+FFFD.
std::string valid_utf8(std::string_view text);
size_t characters_in(std::string_view valid_utf8);
// At most so many characters (code points) of valid UTF-8, the last of them "…" where something is left out.
std::string shortened(std::string_view text, size_t characters_max);
// At most so many bytes, cut between characters.
std::string shortened_to_bytes(std::string_view text, size_t bytes_max);
// Control characters become spaces: a header has one line.
std::string one_line(std::string_view text);
// A to Z in lower case, whatever the environment's language.
std::string lower(std::string text);

std::string escape_html(std::string_view text);   // also within quotes
std::string escape_slack(std::string_view text);  // & < > (https://api.slack.com/reference/surfaces/formatting)
// A backslash before what Markdown would take for its own; a text that is a URL stays whole.
std::string escape_discord(std::string_view text);
std::string escape_markdown_v2(std::string_view text);  // Telegram's MarkdownV2
std::string escape_markdown_v1(std::string_view text);  // Telegram's legacy Markdown

}  // namespace vigie::controller::notify
