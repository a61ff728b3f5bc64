#include "controller/app/http_port.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Wished {
    tests::TempFolder folder;
    SystemFiles files;
    ControllerConfig config;

    Wished() { config.http = HttpConfig{.token_file = "", .hosts = {}, .place = "c.yaml:3: http"}; }
    std::string problem() const {
        const auto wish = http_wish_of(config);
        return wish ? "" : wish.error().message;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_port, Wished)

BOOST_AUTO_TEST_CASE(there_is_none_unless_it_is_configured) {
    config.http.reset();
    BOOST_TEST(!http_wish_of(config).value().has_value());
}

BOOST_AUTO_TEST_CASE(this_machine_alone_needs_no_token) {
    const auto wish = http_wish_of(config).value();
    BOOST_REQUIRE(wish.has_value());
    BOOST_TEST(wish->where.port == 7414);
    BOOST_TEST(!wish->access.has_token());
}

BOOST_AUTO_TEST_CASE(other_machines_need_a_token_of_a_file) {
    config.http->listen = "0.0.0.0:7414";
    BOOST_TEST(problem() ==
               "c.yaml:3: http: listen: other machines reach 0.0.0.0:7414: name a token_file, whose token "
               "they must send, or listen on 127.0.0.1");
    config.http->token_file = folder / "token";
    BOOST_TEST(problem().starts_with("c.yaml:3: http: "));
    BOOST_TEST(problem().find("token") != std::string::npos);
    BOOST_REQUIRE(files.write_atomically(folder / "token", "0123456789abcdef\n", 0600).has_value());
    BOOST_TEST(problem() == "");
    BOOST_TEST((*http_wish_of(config))->access.has_token());
    config.http->listen = "example.org:80";
    BOOST_TEST(problem().starts_with("c.yaml:3: http: 'example.org:80' is no address to listen on"));
}

BOOST_AUTO_TEST_CASE(names_of_the_configuration_are_answered_in_any_case) {
    config.http->hosts = {"Vigie.Example.Org"};
    const auto wish = http_wish_of(config).value();
    BOOST_TEST(wish->access.check({.host = "vigie.example.org:7414"}, true).has_value());
    BOOST_TEST(!wish->access.check({.host = "other.example.org"}, true).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
