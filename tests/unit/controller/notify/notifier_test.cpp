#include "controller/notify/notifier.hpp"
#include "controller/notify/call_state.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "controller/alerts/rows.hpp"
#include "controller/notify/curl_channel.hpp"
#include "controller/oncall/episode.hpp"
#include "controller/routing/routing_file.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/wait_until.hpp"
#include "tests/support/webhook_receiver.hpp"

namespace vigie::controller::notify {
namespace {

using nlohmann::json;

alerts::Notification page(std::string_view alert, bool is_resolved = false) {
    alerts::Notification notification;
    notification.receiver = "hook";
    notification.alert_id = alert;
    notification.is_resolved = is_resolved;
    notification.labels = {{"alertname", "A"}, {"instance", std::string(alert)}};
    notification.starts_at = wall_from_unix_ms(1'800'000'000'000);
    return notification;
}

// Answers at once, with `status`.
struct ScriptedChannel final : Channel {
    int status = 200;
    std::vector<Request> requests;
    std::vector<Answer> ready;

    void start(uint64_t number, const Request& request) override {
        requests.push_back(request);
        ready.push_back({number, status, {}, status == 0 ? "refused" : ""});
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
    NotifierOptions options{{Receiver{"hook", "http://127.0.0.1:1/secret", true, {{"X-Team", "ops"}}, 1s, ""}}, ""};
    std::unique_ptr<Notifier> notifier = make();

    std::unique_ptr<Notifier> make() {
        return std::make_unique<Notifier>(store, committer, clock, random, channel, options);
    }
    ~Rig() { committer.run_pending(); }

    void owe(uint64_t number, const alerts::Notification& notification) {
        StoreBatch batch;
        batch.put(Family::outbox, alerts::queued_key(number), alerts::encode(notification));
        BOOST_REQUIRE(store.commit(batch).has_value());
        notifier->wake();
    }
    void turn() {
        notifier->turn(0ms);
        committer.run_pending();
    }
    size_t queued_rows() const {
        size_t rows = 0;
        BOOST_REQUIRE(
            store.scan(Family::outbox, "q", "r", [&](std::string_view, std::string_view) { return ++rows != 0; }));
        return rows;
    }
};

BOOST_FIXTURE_TEST_SUITE(notifier, Rig)

BOOST_AUTO_TEST_CASE(delivers_what_the_outbox_owes_and_erases_it) {
    owe(1, page("a"));
    turn();
    BOOST_REQUIRE(channel.requests.size() == 1U);
    const auto& request = channel.requests[0];
    BOOST_TEST(request.url == "http://127.0.0.1:1/secret");
    BOOST_TEST(
        request.headers == (std::vector<std::string>{"Idempotency-Key: a-1800000000000-firing-hook", "X-Team: ops"}),
        boost::test_tools::per_element());
    BOOST_TEST(json::parse(request.body)["alerts"][0]["status"].get<std::string>() == "firing");
    BOOST_TEST(queued_rows() == 0U);
    turn();
    BOOST_TEST(channel.requests.size() == 1U);
    BOOST_TEST(notifier->status().counts.delivered == 1U);
}

BOOST_AUTO_TEST_CASE(a_message_says_what_is_so_when_it_leaves) {
    const auto put = [&](std::string_view id, WallTime fired_at) {
        alerts::AlertRecord record;
        record.id = id;
        record.state.phase = alerts::Phase::firing;
        record.state.is_open = true;
        record.state.fired_at = fired_at;
        record.annotations = {{"summary", "7 broken"}};
        StoreBatch batch;
        batch.put(Family::alerts, alerts::alert_key(id), alerts::encode(record));
        BOOST_REQUIRE(store.commit(batch).has_value());
    };
    notifier->wake();
    turn();
    for (const std::string id : {"a", "b"}) {
        auto fired = page(id);
        fired.annotations = {{"summary", "1 broken"}};
        put(id, fired.starts_at + (id == "a" ? 0s : 1s));  // b is about another episode by now
        owe(id == "a" ? 1 : 2, fired);
        turn();
    }
    BOOST_REQUIRE(channel.requests.size() == 2U);
    BOOST_TEST(json::parse(channel.requests[0].body)["alerts"][0]["annotations"]["summary"] == "7 broken");
    BOOST_TEST(json::parse(channel.requests[1].body)["alerts"][0]["annotations"]["summary"] == "1 broken");
}

BOOST_AUTO_TEST_CASE(a_row_stays_until_it_is_delivered_and_survives_a_restart) {
    channel.status = 0;
    owe(1, page("a"));
    turn();
    BOOST_TEST(queued_rows() == 1U);
    const auto status = notifier->status();
    BOOST_TEST(status.targets.at(0).failures == 1U);
    BOOST_TEST(status.targets.at(0).last_problem == "refused");
    BOOST_TEST(status.targets.at(0).address == "http://127.0.0.1:1/…");
    channel.status = 200;
    notifier = make();
    turn();
    BOOST_TEST(queued_rows() == 0U);
    BOOST_REQUIRE(channel.requests.size() == 2U);
    BOOST_TEST(channel.requests[0].headers.at(0) == channel.requests[1].headers.at(0));  // the same key
}

BOOST_AUTO_TEST_CASE(who_is_called_is_left_alone_while_somebody_has_the_alert_in_hand) {
    oncall::Episode episode;
    episode.alert_id = "a";
    episode.fired_at = page("a").starts_at;
    const auto put = [&] {
        StoreBatch batch;
        batch.put(Family::silences, oncall::episode_key("a"), oncall::encode(episode));
        BOOST_REQUIRE(store.commit(batch).has_value());
        notifier->wake();
    };
    channel.status = 503;
    auto call = page("a");
    call.call = 1;
    owe(1, call);
    turn();
    BOOST_REQUIRE(channel.requests.size() == 1U);
    channel.status = 200;
    episode.hold.emplace().by = "anna";
    put();
    for (const bool is_restarted : {false, true}) {
        if (is_restarted) {
            notifier = make();
        }
        clock.advance(1h);
        turn();
        BOOST_TEST(channel.requests.size() == 1U);
        BOOST_TEST(queued_rows() == 1U);
    }
    episode.hold.reset();
    put();
    turn();
    BOOST_TEST(channel.requests.size() == 2U);
    BOOST_TEST(queued_rows() == 0U);
}

BOOST_AUTO_TEST_CASE(who_has_the_alert_in_hand_is_asked_again_after_it_could_not_be_read) {
    oncall::Episode episode;
    episode.alert_id = "a";
    episode.fired_at = page("a").starts_at;
    episode.hold.emplace().by = "anna";
    StoreBatch batch;
    batch.put(Family::silences, oncall::episode_key("a"), "damaged");
    BOOST_REQUIRE(store.commit(batch).has_value());
    channel.status = 503;
    auto call = page("a");
    call.call = 1;
    owe(1, call);
    turn();
    BOOST_TEST(channel.requests.size() == 1U);  // better a call too many
    StoreBatch mended;
    mended.put(Family::silences, oncall::episode_key("a"), oncall::encode(episode));
    BOOST_REQUIRE(store.commit(mended).has_value());
    clock.advance(1h);
    turn();  // and nobody wakes it
    BOOST_TEST(channel.requests.size() == 1U);
    BOOST_TEST(queued_rows() == 1U);
}

BOOST_AUTO_TEST_CASE(damaged_rows_hold_nothing_back_and_the_others_what_they_say) {
    routing::Silence silence;
    silence.id = "00000000000000aa";
    silence.matchers = routing::parse_matchers("instance=a").value();
    silence.starts_at = clock.wall();
    silence.ends_at = clock.wall() + 1h;
    oncall::Episode episode;
    episode.alert_id = "b";
    episode.fired_at = page("b").starts_at;
    episode.hold.emplace().by = "anna";
    StoreBatch batch;
    batch.put(Family::silences, routing::silence_key(silence.id), encode(silence));
    batch.put(Family::silences, routing::silence_key("00000000000000bb"), "damaged");
    batch.put(Family::silences, oncall::episode_key("b"), oncall::encode(episode));
    batch.put(Family::silences, oncall::episode_key("x"), "damaged");
    BOOST_REQUIRE(store.commit(batch).has_value());
    owe(1, page("a"));
    auto call = page("b");
    call.call = 1;
    owe(2, call);
    owe(3, page("c"));
    turn();
    BOOST_REQUIRE(channel.requests.size() == 1U);
    BOOST_TEST(channel.requests[0].body.find("\"instance\":\"c\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_refused_for_good_is_kept_to_be_shown) {
    channel.status = 410;
    owe(7, page("a"));
    turn();
    BOOST_TEST(queued_rows() == 0U);
    const auto failed = list_failed(store).value();
    BOOST_REQUIRE(failed.size() == 1U);
    BOOST_TEST(failed[0].number == 7U);
    BOOST_TEST(failed[0].status == 410);
    BOOST_TEST(failed[0].reason == "answered HTTP 410");
    BOOST_TEST((failed[0].at == clock.wall()));
    BOOST_TEST((failed[0].notification == page("a")));
    BOOST_TEST(notifier->status().counts.given_up == 1U);
}

BOOST_AUTO_TEST_CASE(a_heartbeat_goes_out_when_it_is_handed_over_and_not_before) {
    options.heartbeat = Request{.url = "https://hc.example.org/secret", .headers = {}, .body = "{}", .ca_file = ""};
    notifier = make();
    turn();
    BOOST_TEST(channel.requests.empty());
    notifier->beat();
    turn();
    BOOST_REQUIRE(channel.requests.size() == 1U);
    BOOST_TEST(channel.requests[0].url == "https://hc.example.org/secret");
    turn();
    BOOST_TEST(channel.requests.size() == 1U);
    channel.status = 503;
    notifier->beat();
    turn();
    BOOST_TEST(notifier->status().heartbeat.value().failures == 1U);
    BOOST_TEST(notifier->status().heartbeat.value().last_problem == "answered HTTP 503");
    BOOST_TEST(notifier->status().heartbeat.value().address == "https://hc.example.org/…");
    turn();
    BOOST_TEST(channel.requests.size() == 2U);  // the next one follows by itself
    channel.status = 200;
    notifier->beat();
    turn();
    BOOST_TEST(notifier->status().heartbeat.value().last_problem.empty());
    BOOST_TEST(notifier->status().counts.delivered == 0U);
}

BOOST_AUTO_TEST_CASE(a_heartbeat_waits_for_the_answer_to_the_one_before) {
    struct Unanswering final : Channel {
        int started = 0;
        void start(uint64_t, const Request&) override { ++started; }
        std::vector<Answer> wait(milliseconds) override { return {}; }
        void wake() override {}
    } silent;
    options.heartbeat = Request{.url = "https://hc.example.org/secret", .headers = {}, .body = "{}", .ca_file = ""};
    Notifier waiting(store, committer, clock, random, silent, options);
    for (int minute = 0; minute < 3; ++minute) {
        waiting.beat();
        waiting.turn(0ms);
        committer.run_pending();
    }
    BOOST_TEST(silent.started == 1);
}

BOOST_AUTO_TEST_CASE(a_template_that_fails_shows_in_the_record_of_the_attempt) {
    const auto read = routing::read_routing_file(
        "route: {receiver: t}\nreceivers:\n- name: t\n"
        "  slack_configs: [{api_url: 'https://a/b', color: '{{ .No }}', footer: '{{ .No }}'}]\n",
        "a.yml");
    options.routing = &read.routing;
    options.receivers[0].channel = read.routing.receivers.at(0).channels.at(0);
    notifier = make();
    owe(1, page("a"));
    turn();
    channel.status = 404;
    owe(2, page("b"));
    turn();
    notifier.reset();
    const std::string note =
        "a default text was sent: a.yml:4: slack_configs: the template of color: there is no field '.No' (and 1 more)";
    const auto problem = [&](const char* alert) { return attempts_for(store, alert).value().attempts.at(0).problem; };
    BOOST_TEST(problem("a") == note);
    BOOST_TEST(problem("b") == "answered HTTP 404; " + note);
}

BOOST_AUTO_TEST_CASE(of_a_call_it_is_known_whether_it_was_taken_and_why_not) {
    options.receivers[0].is_called_only = true;
    notifier = make();
    auto call = page("a");
    call.call = 1;
    BOOST_TEST(!call_state(store, "hook", call).value().failed.has_value());  // nothing was tried yet
    channel.status = 401;
    owe(1, call);
    turn();
    auto state = call_state(store, "hook", call).value();
    BOOST_TEST(!state.is_taken);
    BOOST_REQUIRE(state.failed.has_value());
    BOOST_TEST(name_of(state.failed->outcome) == "refused");
    BOOST_TEST(state.failed->problem == "answered HTTP 401");
    channel.status = 200;
    clock.advance(backoff_max);
    turn();
    state = call_state(store, "hook", call).value();
    BOOST_TEST(state.is_taken);
    BOOST_TEST(!state.failed.has_value());
    channel.status = 503;
    call.call = 2;
    owe(2, call);
    turn();
    state = call_state(store, "hook", call).value();
    BOOST_TEST(state.is_taken);  // the first one
    BOOST_REQUIRE(state.failed.has_value());
    BOOST_TEST(name_of(state.failed->outcome) == "retried");
    auto later = call;
    later.starts_at += 1h;  // another episode
    BOOST_TEST(!call_state(store, "hook", later).value().is_taken);
    BOOST_TEST(!call_state(store, "other", call).value().is_taken);
}

BOOST_AUTO_TEST_CASE(old_failures_make_way) {
    StoreBatch batch;
    put_failed(batch, {1, page("a"), 404, "x"}, clock.wall());
    put_failed(batch, {failed_kept_max + 1, page("b"), 404, "x"}, clock.wall());
    put_failed(batch, {failed_kept_max + 2, page("c"), 404, "x"}, clock.wall());
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST(list_failed(store).value().size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_erase_that_the_store_refuses_is_done_later_and_nothing_is_sent_twice) {
    owe(1, page("a"));
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    turn();
    BOOST_TEST(queued_rows() == 1U);
    store.fail_commits_with.reset();
    clock.advance(10s);
    turn();
    BOOST_TEST(queued_rows() == 0U);
    BOOST_TEST(channel.requests.size() == 1U);
}

BOOST_AUTO_TEST_CASE(each_attempt_is_recorded_with_its_answer) {
    const auto began = clock.wall();
    channel.status = 503;
    owe(1, page("a"));
    turn();
    clock.advance(1min);
    channel.status = 200;
    turn();
    const auto log = attempts_for(store, "a").value();
    BOOST_REQUIRE(log.attempts.size() == 2U);
    BOOST_TEST(log.attempts[0].status == 503);
    BOOST_TEST(name_of(log.attempts[0].outcome) == "retried");
    BOOST_TEST(log.attempts[0].problem == "answered HTTP 503");
    BOOST_TEST((log.attempts[0].at == began));
    BOOST_TEST(log.attempts[1].status == 200);
    BOOST_TEST(name_of(log.attempts[1].outcome) == "taken");
    BOOST_TEST((log.attempts[1].at == began + 1min));
    for (const auto& one : log.attempts) {
        BOOST_TEST(one.to.target == "hook");
        BOOST_TEST(one.idempotency_key == "a-1800000000000-firing-hook");
        BOOST_TEST(one.alerts_total == 1U);
        BOOST_TEST((one.alerts == std::vector<AttemptedAlert>{{"a", page("a").starts_at, false}}));
    }
}

BOOST_AUTO_TEST_CASE(of_a_group_and_receiver_the_last_attempts_are_kept) {
    channel.status = 0;
    owe(1, page("a"));
    for (int i = 0; i < 30; ++i) {
        turn();
        clock.advance(2min);  // longer than any pause
    }
    BOOST_TEST(channel.requests.size() == 30U);
    const auto log = attempts_for(store, "a").value();
    BOOST_REQUIRE(log.attempts.size() == attempts_kept_max);
    BOOST_TEST(log.attempts.front().number == 11U);  // of 1 to 30
    BOOST_TEST(log.attempts.back().number == 30U);
}

BOOST_AUTO_TEST_CASE(an_unreadable_row_is_counted_and_does_not_stop_the_others) {
    StoreBatch batch;
    batch.put(Family::outbox, alerts::queued_key(1), "junk");
    BOOST_REQUIRE(store.commit(batch).has_value());
    owe(2, page("b"));
    turn();
    BOOST_TEST(channel.requests.size() == 1U);
    BOOST_TEST(notifier->status().unreadable_rows == 1U);
    BOOST_TEST(queued_rows() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(curl_channel)

Answer post(Channel& channel, const Request& request) {
    std::vector<Answer> answers;
    channel.start(42, request);
    BOOST_TEST(tests::wait_until([&] {
        auto some = channel.wait(100ms);
        answers.insert(answers.end(), some.begin(), some.end());
        return !answers.empty();
    }));
    BOOST_REQUIRE(answers.size() == 1U);
    BOOST_TEST(answers[0].number == 42U);
    return answers[0];
}

BOOST_AUTO_TEST_CASE(posts_body_and_headers) {
    const tests::WebhookReceiver receiver;
    const auto channel = CurlChannel::open().value();
    const auto answer = post(*channel, {receiver.url("/x?y=1"), {"Idempotency-Key: k-1"}, R"({"a":"é"})", 5s, ""});
    BOOST_TEST(answer.status == 200);
    const auto posts = receiver.posts();
    BOOST_REQUIRE(posts.size() == 1U);
    const auto seen = json::parse(posts[0]);
    BOOST_TEST(seen["path"].get<std::string>() == "/x?y=1");
    BOOST_TEST(seen["headers"]["idempotency-key"].get<std::string>() == "k-1");
    BOOST_TEST(seen["headers"]["content-type"].get<std::string>() == "application/json");
    BOOST_TEST(seen["body"]["a"].get<std::string>() == "é");
}

BOOST_AUTO_TEST_CASE(tells_status_and_retry_after) {
    const tests::WebhookReceiver receiver({"429,retry_after=3", "500"});
    const auto channel = CurlChannel::open().value();
    const Request request{receiver.url(), {}, "{}", 5s, ""};
    const auto busy = post(*channel, request);
    BOOST_TEST(busy.status == 429);
    BOOST_TEST((busy.retry_after == milliseconds(3s)));
    BOOST_TEST(post(*channel, request).status == 500);
    BOOST_TEST(post(*channel, request).status == 200);
}

BOOST_AUTO_TEST_CASE(follows_no_redirect) {
    const tests::WebhookReceiver receiver({"307,location=file:///etc/passwd", "302,location=/elsewhere"});
    const auto channel = CurlChannel::open().value();
    BOOST_TEST(post(*channel, {receiver.url(), {}, "{}", 5s, ""}).status == 307);
    BOOST_TEST(post(*channel, {receiver.url(), {}, "{}", 5s, ""}).status == 302);
    BOOST_TEST(receiver.posts().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_redirect_that_is_followed_takes_the_message_along) {
    const tests::WebhookReceiver receiver(
        {"307,location=/second", "302,location=/third", "307,location=file:///etc/passwd"});
    const auto channel = CurlChannel::open().value();
    Request request{receiver.url("/first"), {}, R"({"a":1})", 5s, ""};
    request.transport.is_redirected = true;
    BOOST_TEST(post(*channel, request).status == 0);  // not to the file
    const auto posts = receiver.posts();
    BOOST_REQUIRE(posts.size() == 3U);
    const auto last = json::parse(posts[2]);
    BOOST_TEST(last["method"] == "POST");
    BOOST_TEST(last["path"] == "/third");
    BOOST_TEST(last["body"]["a"] == 1);
    BOOST_TEST(post(*channel, request).status == 200);
}

BOOST_AUTO_TEST_CASE(a_proxy_is_asked_where_the_receiver_has_one) {
    const tests::WebhookReceiver proxy;
    const auto channel = CurlChannel::open().value();
    Request request{"http://hooks.example.org/x", {}, "{}", 5s, ""};
    request.transport.proxy_url = proxy.url("");
    BOOST_TEST(post(*channel, request).status == 200);
    const auto posts = proxy.posts();
    BOOST_REQUIRE(posts.size() == 1U);
    BOOST_TEST(json::parse(posts[0])["path"] == "http://hooks.example.org/x");
}

BOOST_AUTO_TEST_CASE(says_why_there_is_no_answer_without_the_url) {
    const auto channel = CurlChannel::open().value();
    std::string url;
    {
        const tests::WebhookReceiver gone;
        url = gone.url("/secret");
    }
    const auto answer = post(*channel, {url, {}, "{}", 5s, ""});
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(!answer.problem.empty());
    BOOST_TEST(answer.problem.find("secret") == std::string::npos);
    BOOST_TEST(post(*channel, {"file:///etc/hostname", {}, "{}", 5s, ""}).status == 0);
    BOOST_TEST(post(*channel, {"gopher://127.0.0.1:1/", {}, "{}", 5s, ""}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// MemoryStore for two threads.
class SharedStore final : public StateStore {
    template <typename Call>
    auto locked(Call call) const {
        const std::lock_guard lock(mutex_);
        return call();
    }

  public:
    Result<void> commit(const StoreBatch& batch) override {
        return locked([&] { return store_.commit(batch); });
    }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return locked([&] { return store_.get(family, key); });
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return locked([&] { return store_.scan(family, from, to, visit); });
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return locked([&] { return store_.scan_back(family, from, to, visit); });
    }

  private:
    mutable std::mutex mutex_;
    MemoryStore store_;
};

BOOST_AUTO_TEST_CASE(notifier_thread_delivers_retries_and_stops) {
    const tests::WebhookReceiver receiver({"500", "503"});
    SharedStore store;
    Committer committer(store);
    SystemClock clock;
    tests::SeededRandom random{3};
    const auto channel = CurlChannel::open().value();
    NotifierOptions options{{Receiver{"hook", receiver.url(), true, {}, 5s, ""}}, ""};
    Notifier notifier(store, committer, clock, random, *channel, options);
    notifier.start();
    committer.submit(
        [](StoreBatch& batch) { batch.put(Family::outbox, alerts::queued_key(1), alerts::encode(page("a"))); },
        [&](const Result<void>& committed) {
            BOOST_TEST(committed.has_value());
            notifier.wake();
        });
    BOOST_TEST(tests::wait_until([&] {
        const auto row = store.get(Family::outbox, alerts::queued_key(1)).value();
        return !row.has_value() && notifier.status().counts.delivered == 1;
    }));
    notifier.stop();
    const auto posts = receiver.posts();
    BOOST_REQUIRE(posts.size() == 3U);
    BOOST_TEST(json::parse(posts[0])["headers"]["idempotency-key"] ==
               json::parse(posts[2])["headers"]["idempotency-key"]);
    BOOST_TEST(json::parse(posts[2])["body"]["version"].get<std::string>() == "4");
}

}  // namespace
}  // namespace vigie::controller::notify
