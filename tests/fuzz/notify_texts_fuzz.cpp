// fuzz: vigie_controller_notify
// Any bytes as the body of a service's answer, as mailboxes, and as what stands in a mail: what comes out is fit for
// its place.
#include <algorithm>
#include <cstdlib>

#include "controller/notify/channels/answer_body.hpp"
#include "controller/notify/channels/encodings.hpp"
#include "controller/notify/channels/mail_text.hpp"

namespace {

namespace notify = vigie::controller::notify;

void require(bool is_so) {
    if (!is_so) {
        std::abort();
    }
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t'; });
}

// Each line short, ended by CRLF; of a field each but the first begins with a space.
void check_lines(std::string_view text, bool is_field) {
    require(is_ascii(text));
    for (bool is_first = true; !text.empty(); is_first = false) {
        const auto end = text.find("\r\n");
        require(end != std::string_view::npos && end <= 78 && text.substr(0, end).find('\n') == std::string_view::npos);
        require(!is_field || is_first || text.front() == ' ');
        require(is_field || !text.starts_with("."));
        text.remove_prefix(end + 2);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    const std::string_view any(reinterpret_cast<const char*>(bytes), size);
    const auto said = notify::parse_answer_body(any);
    require(!said.retry_after || (said.retry_after->count() > 0 && *said.retry_after <= std::chrono::hours{24}));
    require(is_ascii(said.refusal) && said.refusal.size() <= 64);
    notify::Answer answer;
    answer.status = 200;
    notify::note_slack_answer(any, answer);
    require(is_ascii(answer.problem) && answer.problem.size() <= 100);
    const auto text = notify::valid_utf8(any);
    require(notify::characters_in(text) <= text.size());
    require(notify::valid_utf8(text) == text);
    require(notify::valid_utf8(notify::shortened(text, 7)) == notify::shortened(text, 7));
    require(notify::shortened_to_bytes(text, 20).size() <= 20);
    check_lines(notify::text_field("Subject", text), true);
    check_lines(notify::quoted_printable(text), false);
    if (const auto boxes = notify::read_mailboxes(text)) {
        for (const auto& box : *boxes) {
            require(box.address.find_first_of("\r\n <>") == std::string::npos && is_ascii(box.address));
        }
        require(is_ascii(notify::mailboxes_text(*boxes)));
    }
    return 0;
}
