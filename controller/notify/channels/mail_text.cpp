#include "controller/notify/channels/mail_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "controller/notify/channels/encodings.hpp"

namespace vigie::controller::notify {
namespace {

constexpr size_t line_max = 76;
// Servers refuse headers that go on and on, and nobody reads them.
constexpr size_t field_characters_max = 900;
// Of what is no address, in an error.
constexpr size_t shown_max = 100;
// Of UTF-8 in one encoded word: 39 bytes are 52 characters of base64, with =?UTF-8?B??= and a field's name within 76.
constexpr size_t word_bytes_max = 39;

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Encoded words with a fold between them; whole characters in each.
std::string encoded_words(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto bytes = std::min(text.size(), word_bytes_max);
        while (bytes > 1 && bytes < text.size() && (static_cast<uint8_t>(text[bytes]) & 0xC0) == 0x80) {
            --bytes;
        }
        out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ", base64(text.substr(0, bytes)));
        text.remove_prefix(bytes);
    }
    return out;
}

// Folded before a space, so that no line is longer than it should be; nullopt where a word is too long for that.
std::optional<std::string> folded(std::string_view name, std::string_view text) {
    std::string out = fmt::format("{}:", name);
    size_t column = out.size();
    for (size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        const auto word = text.substr(at, end - at);
        if (word.empty() || word.size() + name.size() + 2 > line_max) {
            return std::nullopt;  // spaces in a row would be lost
        }
        if (column + 1 + word.size() > line_max) {
            out += "\r\n";
            column = 0;
        }
        out += fmt::format(" {}", word);
        column += 1 + word.size();
        at = end + 1;
    }
    return out + "\r\n";
}

bool is_address(std::string_view text) {
    const auto at = text.rfind('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 254 &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return c > ' ' && c <= '~' && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
           });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() &&
           (text.front() == ' ' || text.front() == '\t' || text.front() == '\n' || text.front() == '\r')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    return text;
}

Result<Mailbox> read_mailbox(std::string_view text) {
    Mailbox box;
    const auto open = text.rfind('<');
    if (open == std::string_view::npos) {
        box.address = text;
    } else if (text.ends_with('>')) {
        box.address = text.substr(open + 1, text.size() - open - 2);
        auto name = trimmed(text.substr(0, open));
        if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
            name = name.substr(1, name.size() - 2);
        }
        for (size_t i = 0; i < name.size(); ++i) {
            i += name[i] == '\\' && i + 1 < name.size() ? 1 : 0;
            box.name += name[i];
        }
    }
    if (!is_address(box.address) || one_line(text) != text) {
        return fail(ErrorCode::malformed, "'{}' is no mail address", shortened(one_line(text), shown_max));
    }
    return box;
}

// Commas within quotes and brackets part nothing.
std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    bool is_quoted = false;
    size_t start = 0;
    for (size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == ',' && !is_quoted)) {
            parts.push_back(trimmed(text.substr(start, i - start)));
            start = i + 1;
        } else if (text[i] == '"') {
            is_quoted = !is_quoted;
        } else if (text[i] == '\\' && is_quoted) {
            ++i;
        }
    }
    std::erase_if(parts, [](std::string_view part) { return part.empty(); });
    return parts;
}

std::string shown_name(const std::string& name) {
    if (!is_printable_ascii(name) || name.size() > 60) {
        return encoded_words(name);
    }
    std::string quoted = "\"";
    for (const char c : name) {
        quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
    return quoted + "\"";
}

}  // namespace

Result<std::vector<Mailbox>> read_mailboxes(std::string_view text) {
    std::vector<Mailbox> all;
    for (const auto part : split(text)) {
        VIGIE_TRY(auto box, read_mailbox(part));
        box.name = shortened(one_line(box.name), field_characters_max);
        all.push_back(std::move(box));
    }
    return all;
}

std::string mailboxes_text(const std::vector<Mailbox>& all) {
    std::string out;
    for (const auto& box : all) {
        out += out.empty() ? "" : ",\r\n ";
        out += box.name.empty() ? box.address : fmt::format("{}\r\n <{}>", shown_name(box.name), box.address);
    }
    return out;
}

std::string text_field(std::string_view name, std::string_view text) {
    const auto line = shortened(one_line(text), field_characters_max);
    if (is_printable_ascii(line) && line.find("=?") == std::string::npos) {
        if (auto plain = folded(name, line)) {
            return *plain;
        }
    }
    return fmt::format("{}: {}\r\n", name, encoded_words(line));
}

std::string quoted_printable(std::string_view text) {
    std::string out;
    size_t column = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_crlf = c == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        if (c == '\n' || is_crlf) {
            i += is_crlf ? 1 : 0;
            out += "\r\n";
            column = 0;
            continue;
        }
        const bool is_line_end = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
        const bool is_plain = (c > ' ' && c <= '~' && c != '=' && !(c == '.' && column == 0)) ||
                              ((c == ' ' || c == '\t') && !is_line_end);
        const size_t width = is_plain ? 1 : 3;
        if (column + width > line_max - 1) {  // room for the "=" of a soft line break
            out += "=\r\n";
            column = 0;
        }
        // A dot may begin a line only now.
        const bool is_dot = c == '.' && column == 0;
        out += is_plain && !is_dot ? std::string(1, c) : fmt::format("={:02X}", static_cast<uint8_t>(c));
        column += is_dot ? 3 : width;
    }
    return column == 0 ? out : out + "\r\n";
}

std::string mail_date(WallTime time) {
    constexpr std::array weekdays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970-01-01 was a Thursday
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto text = to_rfc3339(time);  // 2027-01-15T08:00:00.000Z
    const auto days = std::chrono::floor<std::chrono::days>(time.time_since_epoch()).count();
    const auto month = static_cast<size_t>((text[5] - '0') * 10 + (text[6] - '0'));
    return fmt::format("{}, {} {} {} {} +0000", weekdays.at(static_cast<size_t>((days % 7 + 7) % 7)), text.substr(8, 2),
                       months.at((month + 11) % 12), text.substr(0, 4), text.substr(11, 8));
}

}  // namespace vigie::controller::notify
