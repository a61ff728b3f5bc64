// A target of the test's own behind a Unix socket.
#include "agent/scrape/scrape_target.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <mutex>
#include <thread>

#include "shared/os/fd.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::agent {
namespace {

std::string http(std::string_view body, std::string_view type = "text/plain") {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", type, body.size(), body);
}

// Answers each connection with the next text, the last one again and again; "hang" answers nothing.
class Application {
  public:
    explicit Application(const std::string& path) : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const auto at = unix_address(path).value();
        BOOST_REQUIRE(bind(listener_.get(), at.raw(), at.size) == 0);
        BOOST_REQUIRE(listen(listener_.get(), 16) == 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~Application() {
        shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    void answer(std::string text) {
        const std::lock_guard lock(guard_);
        answer_ = std::move(text);
    }
    std::string last_request() {
        const std::lock_guard lock(guard_);
        return request_;
    }
    // Connections that hang and are open still.
    size_t open_connections() {
        const std::lock_guard lock(guard_);
        std::erase_if(hanging_, [](const Fd& fd) {
            char byte = 0;
            return recv(fd.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
        });
        return hanging_.size();
    }

  private:
    void serve() {
        for (;;) {
            Fd peer(accept(listener_.get(), nullptr, nullptr));
            if (!peer) {
                return;
            }
            std::string request;
            std::array<char, 1024> buffer{};
            while (request.find("\r\n\r\n") == std::string::npos) {
                const auto got = read(peer.get(), buffer.data(), buffer.size());
                if (got <= 0) {
                    break;
                }
                request.append(buffer.data(), static_cast<size_t>(got));
            }
            const std::lock_guard lock(guard_);
            request_ = request;
            if (answer_ == "hang") {
                hanging_.push_back(std::move(peer));
                continue;
            }
            static_cast<void>(send(peer.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL));
        }
    }
    Fd listener_;
    std::mutex guard_;
    std::string answer_;
    std::string request_;
    std::vector<Fd> hanging_;
    std::thread thread_;
};

struct Scraping {
    tests::TempFolder folder;
    tests::ManualClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    Application application{folder / "app"};
    ScrapeOptions options{.job = "web",
                          .url = fmt::format("unix://{}:/own?x=1", folder / "app"),
                          .interval = 20ms,
                          .timeout = 20ms,
                          .labels = {},
                          .sample_limit = 10,
                          .body_limit = 1_KiB,
                          .token_file = {},
                          .honor_labels = false};
    std::string worker = "/none";
    std::unique_ptr<ScrapeTarget> target;

    void start() { target = ScrapeTarget::open(*loop, clock, options, worker).value(); }
    // A worker that is a script.
    void work_with(const std::string& script) {
        worker = folder / "worker";
        std::ofstream(worker, std::ios::trunc) << "#!/bin/sh\n" << script;
        BOOST_REQUIRE(chmod(worker.c_str(), 0700) == 0);
        options.url = "https://127.0.0.1:8443/own?x=1";
        options.interval = options.timeout = 5s;
    }
    std::map<std::string, double> series() const {
        std::map<std::string, double> all;
        const auto add = [&](std::string_view key, double value) {
            const auto brace = key.find('{');
            all[std::string(key.substr(0, brace))] = value;
        };
        target->add_series(add);
        target->add_own_series(add);
        return all;
    }
    // Runs the loop until it is so, for ten seconds at most.
    bool becomes(const std::function<bool()>& is_so) {
        bool was_so = false;
        Timer look(*loop, [&] {
            was_so = is_so();
            if (was_so) {
                loop->stop();
            }
        });
        look.start_every(1ms);
        Timer limit(*loop, [&] { loop->stop(); });
        limit.start_once(10s);
        loop->run();
        return was_so;
    }
    bool is_up(double wanted) {
        return becomes([&] {
            const auto all = series();
            return all.contains("up") && all.at("up") == wanted;
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scrape_target, Scraping)

BOOST_AUTO_TEST_CASE(a_target_gives_its_series_and_those_about_it) {
    application.answer(http("shop_users 5\nshop_queue{q=\"mail\"} 7\n"));
    start();
    BOOST_TEST(series().empty());
    BOOST_TEST(is_up(1));
    const auto all = series();
    BOOST_TEST(all.at("shop_users") == 5);
    BOOST_TEST(all.at("scrape_samples_scraped") == 2);
    BOOST_TEST(all.at("scrape_samples_post_metric_relabeling") == 2);
    BOOST_TEST(all.contains("scrape_duration_seconds"));
    std::string keys;
    target->add_series([&](std::string_view key, double) { keys += std::string(key) + "\n"; });
    BOOST_TEST(keys == fmt::format("shop_users{{instance=\"{0}\",job=\"web\"}}\n"
                                   "shop_queue{{instance=\"{0}\",job=\"web\",q=\"mail\"}}\n",
                                   folder / "app"));
    const auto request = application.last_request();
    BOOST_TEST(request.starts_with("GET /own?x=1 HTTP/1.1\r\nHost: localhost\r\n"), request);
    BOOST_TEST(request.find("Accept: application/openmetrics-text;version=1.0.0") != std::string::npos);
    BOOST_TEST(request.find("X-Prometheus-Scrape-Timeout-Seconds: 0.02\r\n") != std::string::npos);
    BOOST_TEST(request.find("Authorization") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failed_scrape_ends_the_series_and_the_next_good_one_brings_them_back) {
    application.answer(http("a 1\n"));
    start();
    BOOST_TEST(is_up(1));
    for (const auto& bad :
         {std::string("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), std::string("nonsense"), http("a x\n"),
          http("a 1\n", "application/openmetrics-text"), http(std::string(2'000, '\n')), std::string("hang")}) {
        application.answer(bad);
        BOOST_TEST(is_up(0), bad.substr(0, 40));
        BOOST_TEST(!series().contains("a"));
        BOOST_TEST(series().at("scrape_samples_scraped") == 0);
        application.answer(http("a 1\n# EOF\n", "application/openmetrics-text"));
        BOOST_TEST(is_up(1));
        BOOST_TEST(series().at("a") == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_target_that_hangs_holds_one_connection_at_most) {
    application.answer("hang");
    start();
    BOOST_TEST(is_up(0));
    size_t most = 0;
    int looks = 0;
    BOOST_TEST(becomes([&] {
        most = std::max(most, application.open_connections());
        return ++looks > 200;  // ten scrapes
    }));
    BOOST_TEST(most == 1u);
}

BOOST_AUTO_TEST_CASE(more_samples_than_allowed_are_left_out_and_told) {
    options.sample_limit = 2;
    application.answer(http("a 1\nb 2\nc 3\n"));
    start();
    BOOST_TEST(is_up(0));
    BOOST_TEST(!series().contains("a"));
    BOOST_TEST(target->room().left_out == 3u);
    BOOST_TEST(series().at("scrape_samples_scraped") == 3);
    application.answer(http("a 1\nb 2\n"));
    BOOST_TEST(is_up(1));
    BOOST_TEST(target->room().left_out == 0u);
}

BOOST_AUTO_TEST_CASE(a_token_is_sent_from_a_file_that_only_the_owner_reads) {
    options.token_file = folder / "token";
    std::ofstream(options.token_file) << "s3cret\n";
    BOOST_REQUIRE(chmod(options.token_file.c_str(), 0600) == 0);
    application.answer(http("a 1\n"));
    start();
    BOOST_TEST(is_up(1));
    BOOST_TEST(application.last_request().find("Authorization: Bearer s3cret\r\n") != std::string::npos);
    BOOST_REQUIRE(chmod(options.token_file.c_str(), 0644) == 0);
    BOOST_TEST(is_up(0));
    std::ofstream(options.token_file) << "two\r\nX-Injected: 1";
    BOOST_REQUIRE(chmod(options.token_file.c_str(), 0600) == 0);
    int looks = 0;
    BOOST_TEST(becomes([&] { return ++looks > 100; }));  // five scrapes
    BOOST_TEST(series().at("up") == 0);
    BOOST_TEST(application.last_request().find("X-Injected") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(over_https_a_child_asks_and_its_answer_is_read_as_one_over_http) {
    work_with(R"(printf '%s\n' "$@" > "${0%/*}/words"
printf 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na 1\n\r\n0\r\n\r\n' >&3
)");
    options.token_file = "/token";
    start();
    BOOST_TEST(is_up(1));
    BOOST_TEST(series().at("a") == 1);
    std::ifstream words(folder / "words");
    const std::string text{std::istreambuf_iterator<char>(words), {}};
    BOOST_TEST(text.starts_with("--die-with-parent\n--progress-fd\n3\nfetch\n--url=https://127.0.0.1:8443/own?x=1\n"
                                "--timeout=5s\n--token_file=/token\n--header=Host: 127.0.0.1:8443\n"),
               text);
    BOOST_TEST(text.find("--header=Accept: application/openmetrics-text;version=1.0.0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_child_that_fails_or_says_half_an_answer_is_a_failed_scrape) {
    for (const auto* script : {"echo 'certificate has expired' >&2; exit 1\n", "exit 0\n",
                               "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\na 1' >&3\n"}) {
        work_with(script);
        start();
        BOOST_TEST(is_up(0), script);
        BOOST_TEST(!series().contains("a"));
    }
    worker = folder / "absent";
    start();
    BOOST_TEST(is_up(0));
}

BOOST_AUTO_TEST_CASE(a_child_that_hangs_is_ended_at_the_timeout) {
    work_with("echo $$ > \"${0%/*}/pid.new\"; mv \"${0%/*}/pid.new\" \"${0%/*}/pid\"; exec sleep 600\n");
    options.interval = options.timeout = 3s;  // a busy machine may need a second to start a shell
    start();
    BOOST_TEST(becomes([&] { return access((folder / "pid").c_str(), F_OK) == 0; }));
    BOOST_TEST(is_up(0));
    target.reset();
    pid_t pid = 0;
    std::ifstream(folder / "pid") >> pid;
    BOOST_REQUIRE(pid > 0);
    BOOST_TEST(becomes([&] { return kill(pid, 0) != 0; }));
}

BOOST_AUTO_TEST_CASE(nobody_there_is_down_until_somebody_is) {
    options.url = fmt::format("unix://{}", folder / "later");
    start();
    BOOST_TEST(is_up(0));
    Application later(folder / "later");
    later.answer(http("a 1\n"));
    BOOST_TEST(is_up(1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
