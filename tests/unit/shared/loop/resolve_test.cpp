#include "shared/loop/resolve.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>

using namespace vigie;

BOOST_AUTO_TEST_SUITE(resolve)

BOOST_AUTO_TEST_CASE(endpoints_are_host_and_port) {
    BOOST_TEST(parse_endpoint("tcp://web.example:7411")->host == "web.example");
    BOOST_TEST(parse_endpoint("tcp://web.example:7411")->port == "7411");
    BOOST_TEST(parse_endpoint("tcp://[::1]:7411")->host == "::1");
    for (const auto* text : {"", "tcp://", "tcp://:1", "tcp://host", "tcp://host:", "tcp://host:0", "tcp://host:65536",
                             "tcp://host:7x", "udp://host:1", "tcp://::1:7411", "tcp://[]:1", "host:1", "tcp://a b:1",
                             "tcp://a'b:1", "tcp://a\nb:1", "tcp://[::1\"]:1"}) {
        BOOST_TEST(!parse_endpoint(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(a_numeric_address_stays_itself) {
    auto loop = Loop::open().value();
    std::vector<std::string> got;
    Resolver v4(*loop);
    Resolver v6(*loop);
    const auto take = [&](const Result<std::string>& address) {
        got.push_back(address.value());
        if (got.size() == 2) {
            loop->stop();
        }
    };
    v4.resolve("tcp://127.0.0.1:7411", 0, take);
    v6.resolve("tcp://[::1]:7411", 3, take);
    loop->run();
    std::sort(got.begin(), got.end());
    BOOST_TEST(got == (std::vector<std::string>{"tcp://127.0.0.1:7411", "tcp://[::1]:7411"}),
               boost::test_tools::per_element());
    BOOST_TEST(resolve_all_now("tcp://[::1]:7411").value() == std::vector<std::string>{"tcp://[::1]:7411"},
               boost::test_tools::per_element());
    BOOST_TEST(resolve_now("tcp://127.0.0.1:7411").value() == "tcp://127.0.0.1:7411");
}

BOOST_AUTO_TEST_CASE(a_malformed_endpoint_is_an_error_in_the_answer) {
    auto loop = Loop::open().value();
    Resolver resolver(*loop);
    std::optional<Error> error;
    resolver.resolve("nonsense", 0, [&](const Result<std::string>& address) {
        error = address.error();
        loop->stop();
    });
    loop->run();
    BOOST_REQUIRE(error.has_value());
    BOOST_TEST((error->code == ErrorCode::malformed));
    BOOST_TEST(error->message.find("nonsense") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_forgotten_lookup_answers_nobody) {
    auto loop = Loop::open().value();
    bool was_called = false;
    {
        Resolver resolver(*loop);
        resolver.resolve("tcp://127.0.0.1:1", 0, [&](const Result<std::string>&) { was_called = true; });
    }
    Resolver second(*loop);
    second.resolve("tcp://127.0.0.1:2", 0, [&](const Result<std::string>&) { loop->stop(); });
    loop->run();
    BOOST_TEST(!was_called);
}

BOOST_AUTO_TEST_SUITE_END()
