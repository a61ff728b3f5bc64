#include "controller/notify/channels/mail_text.hpp"

#include "tests/unit/controller/notify/channel_world.hpp"

namespace vigie::controller::notify {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find("\r\n", at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 2;
    }
    return lines;
}

BOOST_AUTO_TEST_SUITE(mail_text)

BOOST_AUTO_TEST_CASE(a_field_is_ascii_short_and_one) {
    BOOST_TEST(text_field("Subject", "[FIRING:1] DiskFull") == "Subject: [FIRING:1] DiskFull\r\n");
    // RFC 2047: base64 of the UTF-8 bytes of "é".
    BOOST_TEST(text_field("Subject", "é") == "Subject: =?UTF-8?B?w6k=?=\r\n");
    BOOST_TEST(text_field("Subject", "a\r\nBcc: evil@example.org") ==
               "Subject: =?UTF-8?B?YSAgQmNjOiBldmlsQGV4YW1wbGUub3Jn?=\r\n");
    BOOST_TEST(text_field("Subject", "=?UTF-8?Q?x?=") == "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\n");
    for (const auto& text : {std::string(2'000, 'x'), std::string("é ") + std::string(500, 'y'),
                             std::string("word ") + std::string(70, 'z') + " and more words that go on for a while"}) {
        const auto field = text_field("Subject", text);
        BOOST_TEST(field.ends_with("\r\n"));
        for (const auto& line : lines_of(field)) {
            BOOST_TEST(line.size() <= 76U, line);
            BOOST_TEST((line.starts_with("Subject: ") || line.starts_with(" ")), line);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_field_is_cut_and_an_error_repeats_little) {
    std::string words;
    for (int i = 0; i < 500; ++i) {
        words += "abc ";
    }
    // 902 bytes with the mark are 24 encoded words of at most 67 with their folds; uncut it would be 2,000.
    BOOST_TEST(text_field("Subject", words).size() < 1'700U);
    BOOST_TEST(text_field("Subject", std::string(900, 'x')).find("4oCm") == std::string::npos);  // "…"
    BOOST_TEST(read_mailboxes(std::string(5'000, 'x')).error().message ==
               "'" + std::string(99, 'x') + "…' is no mail address");
}

BOOST_AUTO_TEST_CASE(encoded_words_hold_whole_characters) {
    std::string euros;
    for (int i = 0; i < 30; ++i) {
        euros += "€";
    }
    // 39 bytes are 13 characters of three: base64 of 13 times E2 82 AC.
    const auto lines = lines_of(text_field("Subject", euros));
    BOOST_REQUIRE(lines.size() == 3U);
    BOOST_TEST(lines[0] == "Subject: =?UTF-8?B?4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs?=");
    BOOST_TEST(lines[2] == " =?UTF-8?B?4oKs4oKs4oKs4oKs?=");
}

BOOST_AUTO_TEST_CASE(mailboxes_are_read_and_written_safely) {
    const auto boxes =
        read_mailboxes(R"(a@example.org, "Ops, \"night\"" <ops@example.org>, Équipe <eq@example.org>)").value();
    BOOST_REQUIRE(boxes.size() == 3U);
    BOOST_TEST(boxes[1].name == "Ops, \"night\"");
    BOOST_TEST(boxes[1].address == "ops@example.org");
    BOOST_TEST(mailboxes_text(boxes) ==
               "a@example.org,\r\n \"Ops, \\\"night\\\"\"\r\n <ops@example.org>,\r\n "
               "=?UTF-8?B?w4lxdWlwZQ==?=\r\n <eq@example.org>");
    for (const auto* bad :
         {"nobody", "a@", "@b", "a b@c", "x <a@b> y", "a@b>c", "a@b\r\nRCPT TO:<evil@c>", "é@b.org"}) {
        BOOST_TEST(!read_mailboxes(bad).has_value(), bad);
    }
    BOOST_TEST(read_mailboxes(" , ").value().empty());
}

BOOST_AUTO_TEST_CASE(a_body_is_quoted_printable) {
    // RFC 2045, 6.7: "=" and what is not ASCII in hex, no space at a line's end; a dot that begins a line is in hex as
    // well, so that no SMTP server takes it for the end.
    BOOST_TEST(quoted_printable("a=b é \n.\nx ") == "a=3Db =C3=A9=20\r\n=2E\r\nx=20\r\n");
    BOOST_TEST(quoted_printable("a\r\nb\rc") == "a\r\nb=0Dc\r\n");
    const auto lines = lines_of(quoted_printable(std::string(80, '.')));
    BOOST_REQUIRE(lines.size() == 2U);
    BOOST_TEST(lines[0] == "=2E" + std::string(72, '.') + "=");  // 76 characters
    BOOST_TEST(lines[1] == "=2E" + std::string(6, '.'));
}

BOOST_AUTO_TEST_CASE(a_date_is_that_of_rfc_5322) {
    // date -u -d @1800000000 -R
    BOOST_TEST(mail_date(wall_from_unix_ms(1'800'000'000'000)) == "Fri, 15 Jan 2027 08:00:00 +0000");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(email_channel)

std::string to_ops(const std::string& more = "") {
    return R"(email_configs:
  - {to: 'ops@example.org, Night <night@example.org>', from: 'Vigie <vigie@mail.example.org>', smarthost: 'mail.example.org:587',
     auth_username: u, auth_password: p, hello: vigie.example.org)" +
           more + "}";
}

BOOST_AUTO_TEST_CASE(says_what_it_is_and_where_it_belongs) {
    ChannelWorldOf world(to_ops());
    const auto request = world.request();
    BOOST_TEST(request.refused == "");
    BOOST_TEST(request.url == "smtp://mail.example.org:587");
    BOOST_REQUIRE(request.mail.has_value());
    BOOST_TEST(request.mail->from == "vigie@mail.example.org");
    BOOST_TEST((request.mail->to == std::vector<std::string>{"ops@example.org", "night@example.org"}));
    BOOST_TEST(request.mail->hello == "vigie.example.org");
    BOOST_TEST(request.mail->user == "u");
    BOOST_TEST(request.mail->password == "p");
    BOOST_TEST(request.mail->is_starttls_required);
    const auto& mail = request.body;
    for (const auto* field :
         {"From: \"Vigie\"\r\n <vigie@mail.example.org>\r\n",
          "\r\nTo: ops@example.org,\r\n \"Night\"\r\n <night@example.org>\r\n",
          "\r\nDate: Fri, 15 Jan 2027 08:01:30 +0000\r\n",
          "\r\nMessage-ID:\r\n <0123456789abcdef-1@mail.example.org>\r\n", "\r\nAuto-Submitted: auto-generated\r\n",
          "\r\nMIME-Version: 1.0\r\n",
          "\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_vigie_0123456789abcdef-1\"\r\n\r\n",
          "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
          "Content-Type: text/html; charset=utf-8\r\n", "\r\n--=_vigie_0123456789abcdef-1--\r\n"}) {
        BOOST_TEST(mail.find(field) != std::string::npos, field);
    }
    BOOST_TEST(mail.find("disk &lt;10% a-b_c &amp; &quot;=C3=A9&quot;") != std::string::npos);
    BOOST_TEST(mail.find("disk <10% a-b_c & \"=C3=A9\"") != std::string::npos);
    for (const auto& line : lines_of(mail)) {
        BOOST_TEST(line.size() <= 78U, line);
    }
}

BOOST_AUTO_TEST_CASE(a_long_key_fits_into_a_boundary_and_an_id) {
    ChannelWorldOf world(to_ops());
    world.key = "00000000000000000000000000aa-1800000000000-firing-team%2Fntfy%2F0";
    const auto mail = world.request().body;
    // RFC 2046, 5.1.1: at most 70 characters, and no '%'. sha256sum
    BOOST_TEST(mail.find("boundary=\"=_vigie_6a3906696f1cacfe70cc28226d246a1f\"\r\n") != std::string::npos);
    BOOST_TEST(mail.find("<6a3906696f1cacfe70cc28226d246a1f@mail.example.org>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(mails_of_a_group_refer_to_the_same_one) {
    ChannelWorldOf world(to_ops());
    const auto thread = [&] {
        const auto mail = world.request().body;
        const auto at = mail.find("\r\nReferences:\r\n <vigie-");
        BOOST_REQUIRE(at != std::string::npos);
        return mail.substr(at, mail.find("\r\n", at + 20) - at);
    };
    const auto first = thread();
    world.resolve();
    BOOST_TEST(thread() == first);
    world.message.group_key = "another";
    BOOST_TEST(thread() != first);
}

BOOST_AUTO_TEST_CASE(headers_and_bodies_of_the_file_hold_and_inject_nothing) {
    ChannelWorldOf world(to_ops(R"(, html: '', text: 'about {{ .CommonLabels.alertname }}',
     headers: {subject: '{{ .CommonAnnotations.evil }}', Reply-To: 'Team <team@example.org>', X-Team: ops})"));
    for (auto& one : world.message.alerts) {
        one.annotations["evil"] = "x\r\nBcc: evil@example.org\r\n\r\nbody";
    }
    const auto mail = world.request().body;
    BOOST_TEST(mail.find("\r\nReply-To: \"Team\"\r\n <team@example.org>\r\n") != std::string::npos);
    BOOST_TEST(mail.find("\r\nX-Team: ops\r\n") != std::string::npos);
    BOOST_TEST(mail.find("Bcc:") == std::string::npos);
    BOOST_TEST(mail.ends_with("\r\n\r\nabout DiskFull\r\n"));
    BOOST_TEST(mail.find("multipart") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_mail_to_nobody_is_refused_and_says_why) {
    ChannelWorldOf world(R"(email_configs: [{to: '{{ .CommonLabels.owner }}', from: a@b, smarthost: 'm:25'}])");
    BOOST_TEST(world.request().refused == "to: names nobody");
    for (auto& one : world.message.alerts) {
        one.labels["owner"] = "not an address";
    }
    BOOST_TEST(world.request().refused == "to: 'not an address' is no mail address");
}

BOOST_AUTO_TEST_CASE(port_465_is_tls_from_the_start) {
    ChannelWorldOf world(R"(email_configs: [{to: a@b, from: a@b, smarthost: 'm:465'}])");
    const auto request = world.request();
    BOOST_TEST(request.url == "smtps://m:465");
    BOOST_TEST(!request.mail->is_starttls_required);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
