#include "controller/web/access.hpp"

#include <boost/test/unit_test.hpp>

#include "shared/os/files.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller::web;

namespace {

const std::string token = "0123456789abcdef-._~+/=";

struct TokenFile {
    tests::TempFolder folder;
    Access access;

    std::string read(std::string_view text, unsigned mode = 0600) {
        SystemFiles files;
        BOOST_REQUIRE(files.write_atomically(folder / "token", text, mode).has_value());
        const auto read = access.read_token(folder / "token");
        return read ? "" : read.error().message.substr(folder.path().size() + 1);
    }
    int status(std::string authorization, bool needs_token = true) const {
        const auto checked =
            access.check({.host = "anything.example", .authorization = std::move(authorization)}, needs_token);
        return checked ? 200 : status_of(checked.error().kind);
    }
};

int status_for(const Access& access, std::string host) {
    const auto checked = access.check({.host = std::move(host)}, true);
    return checked ? 200 : status_of(checked.error().kind);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(access_check, TokenFile)

BOOST_AUTO_TEST_CASE(only_who_has_the_token_gets_in) {
    BOOST_TEST(read(token + "\nsecond line\n") == "");
    BOOST_TEST(access.has_token());
    BOOST_TEST(status("Bearer " + token) == 200);
    BOOST_TEST(status("bearer   " + token) == 200);
    for (const auto& wrong :
         std::vector<std::string>{"", "Bearer", "Bearer ", token, "Basic " + token, "Bearer " + token + "x",
                                  "Bearer " + token.substr(1), "Bearer second line"}) {
        BOOST_TEST(status(wrong) == 401, wrong);
    }
    BOOST_TEST(status("", false) == 200);
}

BOOST_AUTO_TEST_CASE(a_refusal_asks_for_a_token_and_shows_none) {
    BOOST_TEST(read(token) == "");
    const auto refused = access.check({.authorization = "Bearer mine-is-another-one"}, true);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().message == "the token is not the right one");
    BOOST_REQUIRE(refused.error().headers.size() == 1u);
    BOOST_TEST(refused.error().headers[0].name == "WWW-Authenticate");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_secret_or_no_token_is_refused) {
    BOOST_TEST(read("short\n") == "token: its first line must be a token of 16 characters or more");
    BOOST_TEST(read("") == "token: its first line must be a token of 16 characters or more");
    BOOST_TEST(read("0123456789 abcdef\n") == "token: a token has letters, digits and -._~+/= only");
    BOOST_TEST(read(token, 0644) != "");
    BOOST_TEST(!access.has_token());
    BOOST_TEST(!access.read_token(folder / "missing"));
}

// A page of evil.example, whose name is made to mean 127.0.0.1, still sends that name.
BOOST_AUTO_TEST_CASE(without_a_token_only_own_names_are_answered) {
    const Access named({"vigie.example.org"});
    for (const auto* own :
         {"localhost:7414", "LOCALHOST", "127.0.0.1:7414", "[::1]:7414", "10.0.0.7", "", "Vigie.Example.org:80"}) {
        BOOST_TEST(status_for(named, own) == 200, own);
    }
    for (const auto* other :
         {"evil.example:7414", "vigie.example.org.evil.example", "127.0.0.1.evil.example", "[evil]"}) {
        BOOST_TEST(status_for(named, other) == 421, other);
    }
}

BOOST_AUTO_TEST_SUITE_END()
