// The front over a queue that runs when it is told, and answers that are kept.
#include "controller/web/front.hpp"

#include "tests/unit/controller/web/api_world.hpp"

using namespace vigie;
using namespace vigie::controller::web;

namespace {

struct HeldQueue final : WorkQueue {
    std::map<Id, Work> works;
    std::vector<Id> cancelled;
    Id last = 0;
    bool is_full = false;

    Result<Id> start(Work work) override {
        if (is_full) {
            return fail(ErrorCode::too_large, "100 queries wait already");
        }
        works.emplace(++last, std::move(work));
        return last;
    }
    void cancel(Id id) override {
        cancelled.push_back(id);
        works.erase(id);
    }
    void run_all() {
        const std::atomic<bool> never = false;
        for (const auto& [id, work] : std::exchange(works, {})) {
            work(never)();
        }
    }
};

struct Asked : tests::ApiWorld, HttpAnswers {
    PrometheusApi api{store, clock};
    HeldQueue queue;
    std::vector<MetricFamily> families{{.name = "up", .help = "Up", .points = {{.value = 1}}}};
    PrometheusApi small{store, clock, {.query = {.samples_max = 10}}};
    Front front{Access(), {api}, queue, clock, [this] { return [this] { return families; }; }};
    std::map<ExchangeId, HttpResponse> answers;
    ExchangeId last = 0;

    void answer(ExchangeId exchange, HttpResponse response) override {
        BOOST_TEST(answers.emplace(exchange, std::move(response)).second);
    }
    ExchangeId send(HttpRequest request) {
        front.take(++last, std::move(request), *this);
        return last;
    }
    HttpResponse ask(HttpRequest request) {
        const auto exchange = send(std::move(request));
        queue.run_all();
        BOOST_REQUIRE(answers.contains(exchange));
        return answers[exchange];
    }
    int status(const std::string& method, const std::string& target) {
        return ask({.method = method, .target = target}).status;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(front, Asked)

BOOST_AUTO_TEST_CASE(the_pool_answers_and_health_needs_none) {
    const auto exchange = send({.method = "GET", .target = "/api/v1/query?query=load{disk='a'}&time=1000"});
    BOOST_TEST(answers.empty());
    queue.run_all();
    BOOST_TEST(answers.at(exchange).body.find(R"("value":[1000,"4"])") != std::string::npos);
    send({.method = "GET", .target = "/-/healthy"});
    BOOST_TEST(answers.at(last).body == "Vigie is Healthy.\n");
    send({.method = "HEAD", .target = "/-/ready?x"});
    BOOST_TEST(answers.at(last).status == 200);
    BOOST_TEST(front.counts().by_status.at(200) == 3u);
}

BOOST_AUTO_TEST_CASE(a_form_in_the_body_goes_before_the_path) {
    HttpRequest request{.method = "POST",
                        .target = "/api/v1/query?query=2&time=7",
                        .content_type = "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
                        .body = "query=1"};
    BOOST_TEST(ask(request).body.find(R"([7,"1"])") != std::string::npos);
    request.content_type = "text/plain";  // no form: what the path says holds
    BOOST_TEST(ask(request).body.find(R"([7,"2"])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_not_allowed_is_told_in_prometheus_form) {
    BOOST_TEST(status("GET", "/api/v1/nothing") == 404);
    BOOST_TEST(status("GET", "/") == 404);
    BOOST_TEST(status("GET", "api") == 400);
    BOOST_TEST(status("POST", "/api/v1/metadata") == 405);
    BOOST_TEST(status("POST", "/-/healthy") == 405);
    const auto refused = ask({.method = "DELETE", .target = "/api/v1/series"});
    BOOST_TEST(refused.status == 405);
    BOOST_TEST(refused.headers.at(0).value == "GET, HEAD, POST");
    BOOST_TEST(refused.body.starts_with(R"({"status":"error","errorType":"method_not_allowed")"));
    BOOST_TEST(ask({.method = "GET", .target = "/-/healthy", .host = "evil.example"}).status == 421);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_its_query) {
    const auto left = send({.method = "GET", .target = "/api/v1/query?query=1"});
    const auto stays = send({.method = "GET", .target = "/api/v1/query?query=2"});
    front.gone(left);
    front.gone(left);  // told once or twice, it is cancelled once
    BOOST_TEST(queue.cancelled == std::vector<WorkQueue::Id>{1}, boost::test_tools::per_element());
    queue.run_all();
    BOOST_TEST(answers.size() == 1u);
    BOOST_TEST(answers.contains(stays));
    front.gone(stays);
    BOOST_TEST(queue.cancelled.size() == 1u);
    BOOST_TEST(front.counts().given_up == 1u);
}

BOOST_AUTO_TEST_CASE(metrics_come_in_the_form_that_is_accepted) {
    const auto text = ask({.method = "GET", .target = "/metrics"});
    BOOST_TEST(text.body == "# HELP up Up\n# TYPE up gauge\nup 1\n");
    BOOST_TEST(text.content_type == "text/plain; version=0.0.4; charset=utf-8");
    const auto other = ask({.method = "GET", .target = "/metrics", .accept = "application/openmetrics-text"});
    BOOST_TEST(other.body.ends_with("# EOF\n"));
    BOOST_TEST(other.content_type.starts_with("application/openmetrics-text"));
    BOOST_TEST(status("POST", "/metrics") == 405);
}

// Each look at it takes 2 ms.
struct SlowClock final : Clock {
    mutable MonoTime now{};
    WallTime wall() const override { return WallTime{1020s}; }
    MonoTime mono() const override { return now += 2ms; }
};

BOOST_AUTO_TEST_CASE(queries_at_once_leave_most_of_the_loop_to_others) {
    const SlowClock slow;
    const PrometheusApi of_its_time(store, slow, {.query = {.samples_max = 10}});
    Front quick(Access(), {of_its_time, &of_its_time}, queue, slow);
    size_t at_once = 0;
    for (int i = 0; i < 100; ++i) {
        quick.take(++last, {.method = "GET", .target = "/api/v1/query?query=1"}, *this);
        at_once += answers.contains(last);
    }
    const auto ms = std::chrono::floor<milliseconds>(slow.now.time_since_epoch()).count();
    BOOST_TEST(at_once >= 5u);
    BOOST_TEST(static_cast<int64_t>(2 * at_once) <= ms / 4);
    queue.run_all();
    BOOST_TEST(answers.size() == 100u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_asks_to_come_again) {
    queue.is_full = true;
    const auto refused = ask({.method = "GET", .target = "/api/v1/query?query=1"});
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.headers.at(0).name == "Retry-After");
}

BOOST_AUTO_TEST_CASE(small_queries_are_answered_at_once_and_others_go_to_the_pool) {
    Front quick(Access(), {api, &small}, queue, clock);
    const auto take = [&](const std::string& target) {
        quick.take(++last, {.method = "GET", .target = target}, *this);
        return answers.contains(last);
    };
    BOOST_TEST(take("/api/v1/query?query=load{disk='a'}&time=1000"));
    BOOST_TEST(answers[last].body.find(R"("value":[1000,"4"])") != std::string::npos);
    BOOST_TEST(take("/api/v1/query_range?query=load&start=1000&end=1000&step=1"));
    BOOST_TEST(take("/api/v1/query?query=sum("));
    BOOST_TEST(answers[last].status == 400);
    BOOST_TEST(queue.works.empty());
    BOOST_TEST(take("/api/v1/query?query=max_over_time(nosuch[290y])"));
    BOOST_TEST(take("/api/v1/query?time=1000&query=load{disk=~'a|b'}"));
    // Too many samples, too long to read, patterns that grow, and what is no query.
    BOOST_TEST(!take("/api/v1/query?query=load{disk=~'\\\\pL'}"));
    BOOST_TEST(!take("/api/v1/query?query=load{disk=~'a{100}'}"));
    BOOST_TEST(!take("/api/v1/query_range?query=load&start=1000&end=1100&step=1"));
    BOOST_TEST(!take("/api/v1/query?time=1000&query=load{disk=~'a|" + std::string(500, 'b') + "'}"));
    BOOST_TEST(!take("/api/v1/labels"));
    queue.run_all();
    BOOST_TEST(answers[last - 2].status == 200);
    BOOST_TEST(answers[last - 1].status == 200);
    BOOST_TEST(answers[last].status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
