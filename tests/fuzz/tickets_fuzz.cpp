// fuzz: vigie_controller_tickets
// Any bytes as the rows of tickets and of notices: what was read, written and read again is the same. And any bytes as
// a mail's header, and as what becomes a title.
#include <cstdlib>

#include "controller/tickets/origin.hpp"
#include "controller/tickets/rows.hpp"
#include "controller/tickets/telling.hpp"

namespace {

using namespace vigie::controller;

template <typename Row>
void expect_same(const vigie::Result<Row>& read, const vigie::Result<Row>& again) {
    if (read && (!again || *again != *read)) {
        std::abort();
    }
}

void read_rows(std::string_view row) {
    if (const auto ticket = tickets::decode_ticket(row)) {
        expect_same(ticket, tickets::decode_ticket(tickets::encode(*ticket)));
    }
    if (const auto comment = tickets::decode_comment(row)) {
        expect_same(comment, tickets::decode_comment(tickets::encode(*comment)));
    }
    if (const auto change = tickets::decode_change(row)) {
        expect_same(change, tickets::decode_change(tickets::encode(*change)));
    }
    if (const auto place = tickets::decode_alert_place(row)) {
        expect_same(place, tickets::decode_alert_place(tickets::encode(*place)));
    }
    if (const auto number = tickets::decode_number(row)) {
        expect_same(number, tickets::decode_number(tickets::encode_number(*number)));
    }
    if (const auto notice = notify::decode_notice(row)) {
        expect_same(notice, notify::decode_notice(notify::encode(*notice)));
    }
    if (const auto number = notify::read_notice_key(row)) {
        expect_same(number, notify::read_notice_key(notify::notice_key(*number)));
    }
    if (const auto told = notify::read_told_notice_key(row);
        told && notify::told_notice_key(*told) != std::string(row)) {
        std::abort();
    }
}

void read_texts(std::string_view text) {
    const auto colon = std::min(text.find(':'), text.size());
    static_cast<void>(tickets::why_automatic({{std::string(text.substr(0, colon)), std::string(text.substr(colon))}}));
    tickets::Edit edit;
    edit.title = tickets::as_title(text);
    edit.description = tickets::shortened(text, tickets::text_bytes_max);
    if (!tickets::edited({}, edit, {})) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    read_rows(text);
    read_texts(text);
    return 0;
}
