// Real sockets on a port of the kernel's; time is the test's.
#include "controller/web/http_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::controller::web;

namespace {

// Answers what it is told to; of a target that ends in "later" only when asked to.
struct EchoApp final : HttpApp {
    std::vector<HttpRequest> requests;
    std::vector<ExchangeId> waiting;
    std::vector<ExchangeId> left;
    std::function<void()> on_change = [] {};

    void take(ExchangeId exchange, HttpRequest request, HttpAnswers& to) override {
        requests.push_back(request);
        if (request.target.ends_with("later")) {
            waiting.push_back(exchange);
        } else {
            to.answer(exchange, {.content_type = "text/plain", .body = "got " + request.body});
        }
        on_change();
    }
    void gone(ExchangeId exchange) override {
        left.push_back(exchange);
        on_change();
    }
};

class Client {
  public:
    explicit Client(const std::string& endpoint) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<uint16_t>(std::stoi(endpoint.substr(endpoint.find(':') + 1))));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    void send(std::string_view text) const {
        BOOST_REQUIRE(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    }
    // Until `end` stands there, or the server closes.
    std::string read_until(std::string_view end) const {
        std::string text;
        std::array<char, 4096> buffer{};
        while (text.find(end) == std::string::npos) {
            const auto got = recv(fd_.get(), buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                break;
            }
            text.append(buffer.data(), static_cast<size_t>(got));
        }
        return text;
    }
    std::string read_all() const { return read_until("\x01never"); }
    void leave() { fd_.reset(); }

  private:
    Fd fd_;
};

struct Serving {
    tests::ManualClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    EchoApp app;
    HttpLimits limits{.connections_max = 8, .head_max = 8_KiB, .body_max = 64_B, .unread_max = 1_KiB};
    std::unique_ptr<HttpServer> server;

    void open() {
        server = HttpServer::open(*loop, clock, parse_listen_address("127.0.0.1:0").value(), app, limits).value();
    }
    Serving() { open(); }
    Client client() const { return Client(server->endpoint()); }

    // Runs the loop until `act`, on a thread of its own, is done.
    void run(const std::function<void()>& act) {
        std::thread other([&] {
            act();
            loop->stop();
        });
        loop->run();
        other.join();
    }
    // Runs the loop until `is_true`, looked at after each change the app sees.
    void run_until(const std::function<bool()>& is_true) {
        app.on_change = [this, &is_true] {
            if (is_true()) {
                loop->stop();
            }
        };
        if (!is_true()) {
            loop->run();
        }
        app.on_change = [] {};
    }
    std::string converse(std::string_view text, std::string_view end) {
        std::string answer;
        const auto one = client();
        run([&] {
            one.send(text);
            answer = one.read_until(end);
        });
        return answer;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_server, Serving)

BOOST_AUTO_TEST_CASE(a_request_has_its_target_headers_and_body) {
    const auto answer = converse(
        "POST /a%20b?c=d%26 HTTP/1.1\r\nHost: here:1\r\nauthorization: Bearer x\r\n"
        "Content-Type: text/x\r\nAccept: a/b\r\nContent-Length: 5\r\n\r\nhello",
        "got hello");
    BOOST_TEST(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(answer.find("Content-Type: text/plain\r\n") != std::string::npos);
    BOOST_REQUIRE(app.requests.size() == 1u);
    const auto& request = app.requests[0];
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/a%20b?c=d%26");
    BOOST_TEST(request.host == "here:1");
    BOOST_TEST(request.authorization == "Bearer x");
    BOOST_TEST(request.content_type == "text/x");
    BOOST_TEST(request.accept == "a/b");
    BOOST_TEST(request.body == "hello");
}

BOOST_AUTO_TEST_CASE(a_connection_serves_one_request_after_another) {
    const auto one = client();
    run([&] {
        for (const auto* body : {"1", "2"}) {
            one.send(fmt::format("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n{}", body));
            BOOST_TEST(one.read_until("got ").find("200") != std::string::npos);
        }
    });
    BOOST_TEST(app.requests.size() == 2u);
    BOOST_TEST(server->counts().accepted == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_later_and_others_go_on_meanwhile) {
    const auto slow = client();
    slow.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    run_until([this] { return !app.waiting.empty(); });
    BOOST_TEST(converse("GET /now HTTP/1.1\r\nHost: a\r\n\r\n", "got ").find("200 OK") != std::string::npos);
    server->answer(app.waiting[0], {.status = 422, .body = "[]"});
    server->answer(app.waiting[0], {.status = 200, .body = "twice"});  // nobody waits any more
    std::string answer;
    run([&] { answer = slow.read_until("[]"); });
    BOOST_TEST(answer.starts_with("HTTP/1.1 422 "));
    BOOST_TEST(app.left.empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_while_it_waits_is_told_of) {
    auto one = client();
    one.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    run_until([this] { return !app.waiting.empty(); });
    one.leave();
    run_until([this] { return !app.left.empty(); });
    BOOST_TEST(app.left == app.waiting, boost::test_tools::per_element());
    server->answer(app.waiting[0], {});
    BOOST_TEST(converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "got ").find("200 OK") != std::string::npos);
    BOOST_TEST(app.left.size() == 1u);
}

BOOST_AUTO_TEST_CASE(its_end_closes_those_who_wait) {
    const auto one = client();
    one.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    run_until([this] { return !app.waiting.empty(); });
    server.reset();
    BOOST_TEST(one.read_all() == "");
    BOOST_TEST(app.left.empty());
}

BOOST_AUTO_TEST_CASE(large_bodies_and_heads_are_refused) {
    const std::string much(65, 'x');
    BOOST_TEST(
        converse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 257\r\n\r\n", "\"}").starts_with("HTTP/1.1 413 "));
    const auto chunked =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n" + much + "\r\n0\r\n\r\n";
    BOOST_TEST(converse(chunked, "\"}").starts_with("HTTP/1.1 413 "));
    // Far more is not even read to its end.
    const auto endless =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + std::string(4096, 'x');
    BOOST_TEST(converse(endless, "\"}") == "");
    const auto wide = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n";
    BOOST_TEST(converse(wide, "\r\n").starts_with("HTTP/1.1 431 "));
    BOOST_TEST(app.requests.empty());
}

BOOST_AUTO_TEST_CASE(who_is_late_is_cut_and_who_waits_for_us_is_not) {
    const auto silent = client();
    const auto half = client();
    half.send("GET / HTTP/1.1\r\nHost:");
    const auto waits = client();
    waits.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    run_until([this] { return !app.waiting.empty(); });
    clock.advance(limits.receive_max + 1ms);
    server->cut_late();
    run([&] { BOOST_TEST(half.read_all() == ""); });
    BOOST_TEST(server->counts().cut == 1u);
    clock.advance(limits.quiet_max);
    server->cut_late();
    run([&] { BOOST_TEST(silent.read_all() == ""); });
    BOOST_TEST(server->counts().cut == 2u);
    server->answer(app.waiting[0], {.body = "at last"});
    run([&] { BOOST_TEST(waits.read_until("at last").ends_with("at last")); });
}

BOOST_AUTO_TEST_CASE(answers_that_nobody_reads_are_bounded) {
    const auto first = client();
    const auto second = client();
    first.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    run_until([this] { return app.waiting.size() == 1; });
    second.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    run_until([this] { return app.waiting.size() == 2; });
    server->answer(app.waiting[0], {.body = std::string(1'025, 'x')});
    server->answer(app.waiting[1], {.body = std::string(512, 'y')});
    run([&] {
        BOOST_TEST(first.read_until("\"}").starts_with("HTTP/1.1 503 "));
        BOOST_TEST(second.read_until("yyyy").starts_with("HTTP/1.1 200 "));
    });
    BOOST_TEST(converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "got ").find("200 OK") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_too_many_takes_the_place_of_the_longest_silent) {
    std::vector<Client> silent;
    for (size_t i = 0; i < limits.connections_max; ++i) {
        silent.push_back(client());
        run([&] {  // so that it is accepted before the next
            silent.back().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            silent.back().read_until("got ");
        });
        clock.advance(1s);
    }
    BOOST_TEST(converse("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "got ").find("200 OK") != std::string::npos);
    run([&] { BOOST_TEST(silent[0].read_all() == ""); });
    BOOST_TEST(server->counts().cut == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
