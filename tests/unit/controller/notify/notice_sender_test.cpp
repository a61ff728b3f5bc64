#include "controller/notify/notice_sender.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/controller/notify/channel_world.hpp"

namespace vigie::controller::notify {
namespace {

// Answers at once, with `status`.
struct ScriptedChannel final : Channel {
    int status = 200;
    std::string failing_url;  // that answers nothing
    std::vector<Request> requests;
    std::vector<Answer> ready;

    void start(uint64_t number, const Request& request) override {
        requests.push_back(request);
        const auto answered = request.url == failing_url ? 0 : status;
        ready.push_back({number, answered, {}, answered == 0 ? "refused" : ""});
    }
    std::vector<Answer> wait(milliseconds) override { return std::exchange(ready, {}); }
    void wake() override {}
};

struct Rig {
    MemoryStore store;
    DirectCommitter committer{store};
    tests::ManualClock clock;
    tests::SeededRandom random{1};
    ScriptedChannel channel;
    std::unique_ptr<NoticeSender> sender = make();

    std::unique_ptr<NoticeSender> make() {
        Receiver hook;
        hook.name = "hook";
        hook.url = "http://127.0.0.1:1/secret";
        hook.headers = {{"X-Team", "ops"}};
        return make({hook}, nullptr);
    }
    std::unique_ptr<NoticeSender> make(std::vector<Receiver> receivers, const routing::Routing* routing) {
        return std::make_unique<NoticeSender>(store, committer, clock, random, channel, std::move(receivers), routing,
                                              "https://vigie.example.org");
    }
    ~Rig() { committer.run_pending(); }

    void owe(uint64_t number, const std::string& receiver = "hook") {
        Notice notice;
        notice.receiver = receiver;
        notice.about = "ticket 1";
        notice.subject = "ticket 1 is new";
        notice.json = R"({"kind":"ticket"})";
        notice.idempotency_key = fmt::format("key-{}", number);
        StoreBatch batch;
        batch.put(Family::outbox, notice_key(number), encode(notice));
        BOOST_REQUIRE(store.commit(batch).has_value());
        sender->wake();
    }
    void turn() {
        sender->turn(0ms);
        committer.run_pending();
    }
    size_t rows() const {
        size_t count = 0;
        BOOST_REQUIRE(
            store.scan(Family::outbox, "m", "n", [&](std::string_view, std::string_view) { return ++count != 0; }));
        return count;
    }
};

BOOST_FIXTURE_TEST_SUITE(notice_sender, Rig)

BOOST_AUTO_TEST_CASE(a_notice_is_posted_as_it_was_written_and_erased_once_it_is_taken) {
    owe(1);
    turn();
    BOOST_REQUIRE(channel.requests.size() == 1U);
    BOOST_TEST(channel.requests[0].url == "http://127.0.0.1:1/secret");
    BOOST_TEST(channel.requests[0].body == R"({"kind":"ticket"})");
    BOOST_TEST(
        channel.requests[0].headers ==
            (std::vector<std::string>{"Idempotency-Key: key-1", "Auto-Submitted: auto-generated", "X-Team: ops"}),
        boost::test_tools::per_element());
    BOOST_TEST(rows() == 0U);
    BOOST_TEST(sender->counts().delivered == 1U);
    turn();
    BOOST_TEST(channel.requests.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_row_stays_until_it_is_taken_and_survives_a_restart_with_its_key) {
    channel.status = 0;
    owe(1);
    turn();
    BOOST_TEST(rows() == 1U);
    channel.status = 200;
    sender = make();
    turn();
    BOOST_TEST(rows() == 0U);
    BOOST_REQUIRE(channel.requests.size() == 2U);
    BOOST_TEST(channel.requests[0].headers.at(0) == channel.requests[1].headers.at(0));
}

BOOST_AUTO_TEST_CASE(an_erase_that_the_store_refuses_is_made_good_and_nothing_is_sent_twice) {
    owe(1);
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    turn();
    BOOST_TEST(rows() == 1U);
    store.fail_commits_with.reset();
    turn();
    BOOST_TEST(rows() == 0U);
    owe(2);
    turn();
    BOOST_TEST(rows() == 0U);
    BOOST_TEST(channel.requests.size() == 2U);
}

BOOST_AUTO_TEST_CASE(another_channel_than_a_webhook_tells_it_in_its_own_form) {
    ChannelWorldOf slack(R"(slack_configs: [{api_url: 'https://hooks.example.org/T0/secret', channel: '#desk'}])");
    slack.receiver.shown_as = "hook";
    sender = make({slack.receiver}, &slack.routing);
    owe(1);
    turn();
    BOOST_REQUIRE(channel.requests.size() == 1U);
    BOOST_TEST(channel.requests[0].url == "https://hooks.example.org/T0/secret");
    const auto body = nlohmann::json::parse(channel.requests[0].body);
    BOOST_TEST(text_at(body, "/channel") == "#desk");
    BOOST_TEST(text_at(body, "/attachments/0/title").find("ticket 1") != std::string::npos);
    BOOST_TEST(rows() == 0U);
}

BOOST_AUTO_TEST_CASE(what_nobody_can_take_is_let_go) {
    owe(1, "gone");
    channel.status = 410;
    owe(2);
    turn();
    turn();
    BOOST_TEST(rows() == 0U);
    BOOST_TEST(sender->counts().given_up == 2U);
    const auto troubles = sender->troubles();
    BOOST_TEST(troubles.lost == 2U);
    BOOST_TEST(troubles.last_lost.target == "hook");
    BOOST_TEST(troubles.last_lost.reason == "answered HTTP 410");
    BOOST_TEST((troubles.last_lost_at == clock.wall()));
}

// Mails and chat messages have no key that all of them honour: a restart must not tell again who has it.
BOOST_AUTO_TEST_CASE(a_channel_that_has_it_is_not_told_again_after_a_restart_while_another_fails) {
    const auto make_team = [this] {
        std::vector<Receiver> receivers(2);
        for (size_t i = 0; i < receivers.size(); ++i) {
            receivers[i].name = fmt::format("team/{}", i);
            receivers[i].shown_as = "team";
            receivers[i].url = fmt::format("http://127.0.0.1:{}/", i + 1);
        }
        return std::make_unique<NoticeSender>(store, committer, clock, random, channel, receivers);
    };
    sender = make_team();
    channel.failing_url = "http://127.0.0.1:2/";
    owe(1, "team");
    turn();
    BOOST_TEST(channel.requests.size() == 2U);
    BOOST_TEST(rows() == 1U);
    BOOST_TEST(sender->troubles().failing.size() == 1U);
    sender = make_team();
    turn();
    BOOST_REQUIRE(channel.requests.size() == 3U);
    BOOST_TEST(channel.requests[2].url == "http://127.0.0.1:2/");
    channel.failing_url.clear();
    clock.advance(2min);
    turn();
    BOOST_TEST(channel.requests.size() == 4U);
    size_t left = 0;
    BOOST_REQUIRE(store.scan(Family::outbox, "", "", [&left](auto, auto) { return ++left > 0; }));
    BOOST_TEST(left == 0U);
}

BOOST_AUTO_TEST_CASE(other_channels_than_webhooks_are_told_in_their_own_form) {
    const ChannelWorldOf mail(
        "email_configs: [{to: '{{ .CommonAnnotations.requester }}', from: desk@example.org, smarthost: '127.0.0.1:25', "
        "require_tls: false}]");
    sender = std::make_unique<NoticeSender>(store, committer, clock, random, channel,
                                            std::vector<Receiver>{mail.receiver}, &mail.routing);
    Notice notice;
    notice.receiver = mail.receiver.name;
    notice.subject = "[ticket 1] disk full";
    notice.text = "bob: new -> open";
    notice.fields = {{"requester", "anna@example.org"}};
    notice.idempotency_key = "ticket-1-2-status-portal%20";
    const auto owe_it = [&](uint64_t number) {
        StoreBatch batch;
        batch.put(Family::outbox, notice_key(number), encode(notice));
        BOOST_REQUIRE(store.commit(batch).has_value());
        sender->wake();
        turn();
    };
    owe_it(1);
    BOOST_REQUIRE(channel.requests.size() == 1U);
    const auto& sent = channel.requests[0];
    BOOST_REQUIRE(sent.mail.has_value());
    BOOST_TEST(sent.mail->to == std::vector<std::string>{"anna@example.org"}, boost::test_tools::per_element());
    BOOST_TEST(sent.body.find("Subject: [ticket 1] disk full\r\n") != std::string::npos, sent.body);
    BOOST_TEST(sent.body.find("Auto-Submitted: auto-generated\r\n") != std::string::npos);
    BOOST_TEST(sent.body.find("bob: new -> open") != std::string::npos);
    BOOST_TEST(sent.body.find("FIRING") == std::string::npos);
    BOOST_TEST(sent.body.find('%') == std::string::npos);
    BOOST_TEST(rows() == 0U);
    notice.fields["requester"] = "uid 1000";  // no address: it cannot be sent, and the next ones go on
    owe_it(2);
    turn();
    BOOST_TEST(channel.requests.size() == 1U);
    BOOST_TEST(rows() == 0U);
    BOOST_TEST(sender->counts().given_up == 1U);
}

BOOST_AUTO_TEST_CASE(an_unreadable_row_does_not_stop_the_others) {
    StoreBatch batch;
    batch.put(Family::outbox, notice_key(1), "junk");
    BOOST_REQUIRE(store.commit(batch).has_value());
    owe(2);
    turn();
    BOOST_TEST(channel.requests.size() == 1U);
    BOOST_TEST(rows() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
