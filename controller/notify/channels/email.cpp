// A mail with a plain and an HTML body. Its Message-ID is the message's key, so who gets two attempts of it sees one;
// all mails of a group refer to the same one, so that they stand in one thread.
#include "controller/notify/channels/channels.hpp"
#include "controller/notify/channels/encodings.hpp"
#include "controller/notify/channels/mail_text.hpp"

namespace vigie::controller::notify {
namespace {

// Mail servers answer late on purpose (greylisting, tarpits); RFC 5321, 4.5.3.2 would wait minutes.
constexpr milliseconds mail_timeout{60'000};
// Mail systems take 10 MiB; nobody reads a text that long.
constexpr size_t body_bytes_max = 512 * 1024;

bool is_of_mailboxes(const std::string& name) {
    const auto low = lower(name);
    return low == "from" || low == "to" || low == "cc" || low == "reply-to" || low == "sender";
}

// The fields that the file may change, with what it says of them.
std::map<std::string, std::string> chosen_fields(Telling& telling, std::string from, std::string to) {
    std::map<std::string, std::string> fields{{"From", std::move(from)}, {"To", std::move(to)}};
    for (auto& [name, text] : telling.map("headers")) {
        const auto low = lower(name);
        fields[low == "from" ? "From" : low == "to" ? "To" : low == "subject" ? "Subject" : name] = std::move(text);
    }
    auto& subject = fields["Subject"];
    if (subject.find_first_not_of(" \r\n\t") == std::string::npos) {
        subject = telling.defined("email.default.subject");
    }
    return fields;
}

std::string field_of(const std::string& name, const std::string& text) {
    if (is_of_mailboxes(name)) {
        if (const auto boxes = read_mailboxes(text); boxes && !boxes->empty()) {
            return fmt::format("{}: {}\r\n", name, mailboxes_text(*boxes));
        }
    }
    return text_field(name, text);
}

std::string part(std::string_view type, std::string_view body) {
    return fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}", type,
                       quoted_printable(shortened_to_bytes(body, body_bytes_max)));
}

// "=_" stands in no quoted-printable text, so no body can hold the boundary (RFC 2045, 6.7).
std::string bodies(Telling& telling) {
    auto text = telling.text("text");
    const auto html = telling.text("html", escape_html);
    if (text.empty() && html.empty()) {
        text = telling.defined("vigie.text");
    }
    if (html.empty() || text.empty()) {
        return html.empty() ? part("text/plain", text) : part("text/html", html);
    }
    const auto boundary = fmt::format("=_vigie_{}", telling.short_key());
    return fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{}\"\r\n\r\n--{}\r\n{}--{}\r\n{}--{}--\r\n",
                       boundary, boundary, part("text/plain", text), boundary, part("text/html", html), boundary);
}

std::string mail_of(Telling& telling, const std::map<std::string, std::string>& fields, const std::string& domain) {
    std::string mail;
    for (const auto& [name, text] : fields) {
        mail += field_of(name, text);
    }
    // The thread's own id is of no mail: it stands for the group.
    const auto thread = telling.group_hash().substr(0, 32);
    mail += fmt::format("Date: {}\r\n", mail_date(telling.now()));
    mail += fmt::format("Message-ID:\r\n <{}@{}>\r\n", telling.short_key(), domain);
    mail += fmt::format("References:\r\n <vigie-{}@{}>\r\n", thread, domain);
    mail += fmt::format("In-Reply-To:\r\n <vigie-{}@{}>\r\n", thread, domain);
    mail += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
    return mail + bodies(telling);
}

}  // namespace

Request email_request(Telling& telling) {
    const auto& channel = telling.channel();
    const auto& smarthost = channel.text("smarthost");
    const bool is_tls_first = smarthost.ends_with(":465");  // RFC 8314
    Request request;
    request.url = fmt::format("{}://{}", is_tls_first ? "smtps" : "smtp", smarthost);
    request.timeout = mail_timeout;
    request.ca_file = telling.receiver().ca_file;
    request.transport = telling.receiver().transport;
    auto from_text = telling.text("from");
    auto to_text = telling.text("to");
    const auto from = read_mailboxes(from_text);
    const auto to = read_mailboxes(to_text);
    if (!from || !to || from->size() != 1 || to->empty()) {
        request.refused = !from         ? "from: " + from.error().message
                          : !to         ? "to: " + to.error().message
                          : to->empty() ? "to: names nobody"
                                        : "from: must be one address";
        return request;
    }
    auto& mail = request.mail.emplace();
    mail.from = from->front().address;
    for (const auto& box : *to) {
        mail.to.push_back(box.address);
    }
    mail.hello = channel.text("hello");
    mail.user = channel.text("auth_username");
    mail.password = channel.text("auth_password");
    mail.identity = channel.text("auth_identity");
    mail.is_starttls_required = channel.is_set("require_tls") && !is_tls_first;
    const auto fields = chosen_fields(telling, std::move(from_text), std::move(to_text));
    request.body = mail_of(telling, fields, mail.from.substr(mail.from.rfind('@') + 1));
    return request;
}

}  // namespace vigie::controller::notify
