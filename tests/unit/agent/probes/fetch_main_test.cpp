// The words of a fetch; what it does with them over TLS is in tests/process.
#include "agent/probes/fetch_main.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(fetch_main_words)

BOOST_AUTO_TEST_CASE(settings_come_once_and_headers_as_often_as_they_like) {
    const auto settings =
        read_fetch_words({"--url=https://127.0.0.1/?a=b", "--timeout=5s", "--header=A: 1", "--header=B: 2"});
    BOOST_REQUIRE(settings);
    BOOST_TEST(settings->at("url").front() == "https://127.0.0.1/?a=b");
    BOOST_TEST(settings->at("header") == (std::vector<std::string>{"A: 1", "B: 2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_words_are_named) {
    const auto error = [](const std::vector<std::string>& words) { return read_fetch_words(words).error().message; };
    BOOST_TEST(error({"--url=x", "--timeout=5s", "--uri=x"}) == "fetch: unknown word '--uri=x'");
    BOOST_TEST(error({"--url=x", "--timeout=5s", "x"}) == "fetch: unknown word 'x'");
    BOOST_TEST(error({"--url=x", "--timeout=5s", "--url=y"}) == "fetch: --url stands there twice");
    BOOST_TEST(error({"--url=x"}) == "fetch: --timeout is missing");
    BOOST_TEST(error({"--timeout=5s"}) == "fetch: --url is missing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
