// Mails over libcurl to a real SMTP server: what is said on the wire, and what each reply means.
#include "controller/notify/curl_channel.hpp"
#include "tests/support/mail_server.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/support/wait_until.hpp"
#include "tests/support/webhook_receiver.hpp"
#include "tests/unit/controller/notify/channel_world.hpp"

namespace vigie::controller::notify {
namespace {

struct Post {
    std::unique_ptr<CurlChannel> channel = CurlChannel::open().value();

    Answer send(const Request& request) {
        std::vector<Answer> answers;
        channel->start(7, request);
        BOOST_REQUIRE(tests::wait_until([&] {
            auto some = channel->wait(100ms);
            answers.insert(answers.end(), some.begin(), some.end());
            return !answers.empty();
        }));
        return answers.front();
    }
};

std::string entry_for(const std::string& smarthost, const std::string& more = "") {
    return "email_configs: [{to: 'ops@example.org, night@example.org', from: vigie@example.org, smarthost: '" +
           smarthost + "', hello: vigie.example.org" + more + "}]";
}

BOOST_FIXTURE_TEST_SUITE(mail_delivery, Post)

BOOST_AUTO_TEST_CASE(starttls_and_auth_come_before_the_mail) {
    const tests::OwnCertificate certificate;
    for (const auto* mechanism : {"PLAIN", "LOGIN"}) {
        const tests::MailServer server(certificate, "starttls", {"--auth", "vigie:s3cret", "--mechanism", mechanism});
        ChannelWorldOf world(entry_for(
            server.smarthost(),
            ", auth_username: vigie, auth_password: s3cret, tls_config: {ca_file: '" + certificate.cert + "'}"));
        const auto answer = send(world.request());
        BOOST_TEST(answer.status == 250, mechanism << ": " << answer.problem);
        BOOST_TEST((meaning_of(answer) == Meaning::delivered));
        const auto seen = server.seen();
        BOOST_REQUIRE(seen.size() == 1U);
        BOOST_TEST(seen[0]["tls"].get<bool>());
        BOOST_TEST(text_at(seen[0], "/mechanism") == mechanism);
        BOOST_TEST(text_at(seen[0], "/hello") == "vigie.example.org");
        BOOST_TEST(text_at(seen[0], "/from") == "vigie@example.org");
        BOOST_TEST(seen[0]["to"].dump() == R"(["ops@example.org","night@example.org"])");
        BOOST_TEST(text_at(seen[0], "/mail") == world.request().body);
    }
}

BOOST_AUTO_TEST_CASE(tls_may_come_first) {
    const tests::OwnCertificate certificate;
    const tests::MailServer server(certificate, "first");
    ChannelWorldOf world(entry_for(server.smarthost(), ", tls_config: {ca_file: '" + certificate.cert + "'}"));
    auto request = world.request();
    request.url = "smtps://" + server.smarthost();  // as for port 465
    request.mail->is_starttls_required = false;
    BOOST_TEST(send(request).status == 250);
    BOOST_REQUIRE(server.seen().size() == 1U);
    BOOST_TEST(server.seen()[0]["tls"].get<bool>());
}

BOOST_AUTO_TEST_CASE(nothing_is_said_to_a_server_that_cannot_prove_who_it_is) {
    const tests::OwnCertificate certificate;
    const tests::MailServer unknown(certificate, "starttls", {"--auth", "vigie:s3cret"});
    ChannelWorldOf world(entry_for(unknown.smarthost(), ", auth_username: vigie, auth_password: s3cret"));
    const auto answer = send(world.request());
    BOOST_TEST(answer.status == 0);
    BOOST_TEST((meaning_of(answer) == Meaning::retry));
    BOOST_TEST(answer.problem.find("s3cret") == std::string::npos);
    const tests::MailServer bare({"--auth", "vigie:s3cret"});  // offers no STARTTLS
    ChannelWorldOf other(entry_for(bare.smarthost(), ", auth_username: vigie, auth_password: s3cret"));
    const auto refused = send(other.request());
    BOOST_TEST((meaning_of(refused) == Meaning::retry));
    BOOST_TEST(!refused.problem.empty());
    BOOST_TEST((unknown.seen().empty() && bare.seen().empty()));
}

BOOST_AUTO_TEST_CASE(replies_of_4xx_are_tried_again_and_5xx_given_up) {
    const tests::MailServer server(
        {"--refuse", "RCPT=451,times=2", "--refuse", "MAIL=550", "--refuse", "END=452", "--refuse", "END=554"});
    ChannelWorldOf world(entry_for(server.smarthost(), ", require_tls: false"));
    const auto request = world.request();
    std::vector<int> statuses;
    for (int i = 0; i < 5; ++i) {
        statuses.push_back(send(request).status);
    }
    BOOST_TEST(statuses == (std::vector<int>{550, 451, 452, 554, 250}), boost::test_tools::per_element());
    const auto seen = server.seen();
    BOOST_REQUIRE(seen.size() == 6U);
    BOOST_TEST(text_at(seen[5], "/mail") == request.body);
}

BOOST_AUTO_TEST_CASE(a_recipient_who_is_refused_keeps_the_mail_from_nobody_else) {
    const tests::MailServer server({"--refuse", "night@example.org=550"});
    ChannelWorldOf world(entry_for(server.smarthost(), ", require_tls: false"));
    const auto answer = send(world.request());
    BOOST_TEST((meaning_of(answer) == Meaning::delivered));
    BOOST_TEST(left_out_of(answer) == "never taken for night@example.org (SMTP 550)");
    const auto seen = server.seen();
    BOOST_REQUIRE(seen.size() == 2U);
    BOOST_TEST(seen[1]["to"].dump() == R"(["ops@example.org"])");
    BOOST_TEST(text_at(seen[1], "/mail").find("To: ops@example.org") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_recipient_who_is_refused_for_now_gets_it_later_and_the_others_once) {
    const tests::MailServer server({"--refuse", "ops@example.org=451"});
    ChannelWorldOf world(entry_for(server.smarthost(), ", require_tls: false"));
    auto request = world.request();
    const auto answer = send(request);
    BOOST_TEST((meaning_of(answer) == Meaning::retry));
    BOOST_TEST(answer.status == 451);
    BOOST_TEST(answer.done_with == std::vector<std::string>{"night@example.org"}, boost::test_tools::per_element());
    leave_out({answer.done_with.begin(), answer.done_with.end()}, request);
    BOOST_TEST(send(request).status == 250);
    const auto seen = server.seen();
    BOOST_REQUIRE(seen.size() == 3U);
    BOOST_TEST(seen[1]["to"].dump() == R"(["night@example.org"])");
    BOOST_TEST(seen[2]["to"].dump() == R"(["ops@example.org"])");
    BOOST_TEST(text_at(seen[1], "/mail") == text_at(seen[2], "/mail"));
}

BOOST_AUTO_TEST_CASE(a_mail_that_all_are_refused_is_given_up_unless_one_is_only_for_now) {
    for (const auto& [first, meaning] : {std::pair{"550", Meaning::given_up}, std::pair{"450", Meaning::retry}}) {
        const tests::MailServer server(
            {"--refuse", std::string("ops@example.org=") + first, "--refuse", "night@example.org=550"});
        ChannelWorldOf world(entry_for(server.smarthost(), ", require_tls: false"));
        const auto answer = send(world.request());
        BOOST_TEST((meaning_of(answer) == meaning), first);
        BOOST_TEST(answer.done_with.empty());
        BOOST_TEST(left_out_of(answer) == "");
        const auto* night = "night@example.org (SMTP 550)";
        BOOST_TEST(answer.refused.ends_with(night));
        BOOST_TEST(answer.refused.starts_with(first == std::string("550") ? "ops@example.org (SMTP 550), " : night));
    }
}

BOOST_AUTO_TEST_CASE(who_is_refused_for_good_at_the_second_try_is_named) {
    const tests::MailServer server({"--refuse", "night@example.org=450,times=1", "--refuse", "night@example.org=550"});
    ChannelWorldOf world(entry_for(server.smarthost(), ", require_tls: false"));
    auto request = world.request();
    const auto first = send(request);
    BOOST_TEST((meaning_of(first) == Meaning::retry));
    leave_out({first.done_with.begin(), first.done_with.end()}, request);
    const auto second = send(request);
    BOOST_TEST((meaning_of(second) == Meaning::given_up));
    BOOST_TEST(never_taken(second) == "never taken for night@example.org (SMTP 550)");
    Answer of_all{1, 554, {}, ""};
    of_all.is_mail = true;
    BOOST_TEST(never_taken(of_all) == "never taken for the others: answered SMTP 554");
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_no_passing_thing_and_is_not_repeated_in_the_answer) {
    const tests::OwnCertificate certificate;
    const tests::MailServer server(certificate, "starttls", {"--auth", "vigie:s3cret"});
    ChannelWorldOf world(
        entry_for(server.smarthost(),
                  ", auth_username: vigie, auth_password: wr0ng, tls_config: {ca_file: '" + certificate.cert + "'}"));
    const auto answer = send(world.request());
    BOOST_TEST(problem_of(answer) == "answered SMTP 535");
    BOOST_TEST((meaning_of(answer) == Meaning::given_up));
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_is_tried_again) {
    const tests::MailServer server({"--drop", "END"});
    ChannelWorldOf world(entry_for(server.smarthost(), ", require_tls: false"));
    BOOST_TEST(send(world.request()).status == 0);
    BOOST_TEST(send(world.request()).status == 250);
    const tests::ReservedPort closed;
    ChannelWorldOf other(entry_for(fmt::format("127.0.0.1:{}", closed.number()), ", require_tls: false"));
    const auto answer = send(other.request());
    BOOST_TEST((meaning_of(answer) == Meaning::retry));
    BOOST_TEST(!answer.problem.empty());
}

// libcurl's time to connect goes on until the mail itself: a server that greets late (postscreen: after 6 s) has the
// time of the whole mail.
BOOST_AUTO_TEST_CASE(a_server_may_be_slow_to_greet) {
    channel = CurlChannel::open(200ms).value();
    const tests::MailServer server({"--greet-after", "0.6"});
    ChannelWorldOf world(entry_for(server.smarthost(), ", require_tls: false"));
    BOOST_TEST(send(world.request()).status == 250);
}

BOOST_AUTO_TEST_CASE(a_mail_that_needs_tls_takes_no_connection_that_has_none) {
    const tests::MailServer bare;  // offers no STARTTLS
    ChannelWorldOf plain(entry_for(bare.smarthost(), ", require_tls: false"));
    BOOST_TEST(send(plain.request()).status == 250);
    ChannelWorldOf encrypted(entry_for(bare.smarthost()));
    BOOST_TEST((meaning_of(send(encrypted.request())) == Meaning::retry));
    BOOST_TEST(bare.seen().size() == 1U);
}

BOOST_AUTO_TEST_CASE(dots_reach_the_reader_as_they_were_written) {
    const tests::MailServer server;
    ChannelWorldOf world(
        entry_for(server.smarthost(), ", require_tls: false, html: '', text: '{{ .CommonAnnotations.dots }}'"));
    for (auto& one : world.message.alerts) {
        one.annotations["dots"] = ".\n..x\n.";
    }
    auto request = world.request();
    BOOST_TEST(request.body.ends_with("\r\n\r\n=2E\r\n=2E.x\r\n=2E\r\n"));
    request.body += ".raw\r\n.\r\n";  // what our encoding never makes: the transport is safe by itself
    BOOST_TEST(send(request).status == 250);
    BOOST_REQUIRE(server.seen().size() == 1U);
    BOOST_TEST(text_at(server.seen()[0], "/mail") == request.body);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(http_channels, Post)

BOOST_AUTO_TEST_CASE(each_kind_posts_the_body_that_it_made) {
    const tests::WebhookReceiver receiver;
    const auto url = "'" + receiver.url("") + "'";
    size_t posted = 0;
    for (const auto& [entry, path] : std::vector<std::pair<std::string, std::string>>{
             {"discord_configs: [{webhook_url: '" + receiver.url("/api/webhooks/1/x") + "'}]", "/api/webhooks/1/x"},
             {"pagerduty_configs: [{routing_key: r, url: '" + receiver.url("/v2/enqueue") + "'}]", "/v2/enqueue"},
             {"opsgenie_configs: [{api_key: k, api_url: " + url + "}]", "/v2/alerts"},
             {"telegram_configs: [{bot_token: t, chat_id: 1, api_url: " + url + "}]", "/bott/sendMessage"},
             {"ntfy_configs: [{topic: t, url: '" + receiver.url("/") + "'}]", "/"},
             {"alertmanager_configs: [{url: " + url + "}]", "/api/v2/alerts"}}) {
        ChannelWorldOf world(entry);
        const auto answer = send(world.request());
        BOOST_TEST((meaning_of(answer) == Meaning::delivered), entry << answer.problem);
        const auto posts = receiver.posts();
        ++posted;
        BOOST_REQUIRE(posts.size() == posted);
        const auto post = nlohmann::json::parse(posts.back());
        BOOST_TEST(text_at(post, "/method") == "POST", entry);
        BOOST_TEST(text_at(post, "/path") == path, entry);
        BOOST_TEST(text_at(post, "/headers/content-type") == "application/json", entry);
        BOOST_TEST((post["body"] == world.body()), entry);
    }
}

BOOST_AUTO_TEST_CASE(slack_and_matrix_go_out_as_they_are_made) {
    const tests::WebhookReceiver receiver({"200,refusal=channel_is_archived"});
    ChannelWorldOf slack("slack_configs: [{api_url: '" + receiver.url("/T0/x") + "'}]");
    const auto refused = send(slack.request());
    BOOST_TEST(problem_of(refused) == "refused: channel_is_archived");
    ChannelWorldOf matrix("matrix_configs: [{homeserver_url: '" + receiver.url("") +
                          "', access_token: s, room_id: '!a:b'}]");
    BOOST_TEST(send(matrix.request()).status == 200);
    const auto posts = receiver.posts();
    BOOST_REQUIRE(posts.size() == 2U);
    const auto first = nlohmann::json::parse(posts[0]);
    BOOST_TEST(text_at(first, "/path") == "/T0/x");
    BOOST_TEST(first["body"] == slack.body());
    const auto second = nlohmann::json::parse(posts[1]);
    BOOST_TEST(text_at(second, "/method") == "PUT");
    BOOST_TEST(text_at(second, "/path") == "/_matrix/client/v3/rooms/%21a%3Ab/send/m.room.message/0123456789abcdef-1");
    BOOST_TEST(text_at(second, "/headers/authorization") == "Bearer s");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
