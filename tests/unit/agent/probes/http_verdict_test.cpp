#include <boost/test/unit_test.hpp>

#include "agent/probes/probe_http.hpp"
#include "tests/support/manual_clock.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {
struct VerdictFixture {
    tests::ManualClock clock;
    Settings settings;
    HttpAnswer answer{.status = 200, .url = "https://web/", .body = "all is fine\n", .certificate_ends = {}};

    CheckStatus judged() {
        return judge_http({.settings = settings, .clock = clock, .procfs = {}, .systemctl = {}}, answer).status;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(http_verdict, VerdictFixture)

BOOST_AUTO_TEST_CASE(a_status_of_200_to_299_is_good_unless_others_are_wanted) {
    BOOST_TEST((judged() == CheckStatus::ok));
    answer.status = 301;
    BOOST_TEST((judged() == CheckStatus::critical));
    settings["status"] = {"200", "3xx"};
    BOOST_TEST((judged() == CheckStatus::ok));
    answer.status = 204;
    BOOST_TEST((judged() == CheckStatus::critical));
}

BOOST_AUTO_TEST_CASE(the_body_must_hold_what_is_wanted) {
    settings["body_contains"] = {"fine"};
    BOOST_TEST((judged() == CheckStatus::ok));
    settings["body_regex"] = {"^all is (well|fine)$"};
    BOOST_TEST((judged() == CheckStatus::ok));
    settings["body_regex"] = {"^is"};
    BOOST_TEST((judged() == CheckStatus::critical));
    settings.erase("body_regex");
    settings["body_contains"] = {"Fine"};
    BOOST_TEST((judged() == CheckStatus::critical));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_ends_soon_is_told) {
    answer.certificate_ends = clock.wall() + std::chrono::hours{24 * 30};
    BOOST_TEST((judged() == CheckStatus::ok));
    answer.certificate_ends = clock.wall() + std::chrono::hours{24 * 20};
    BOOST_TEST((judged() == CheckStatus::warning));
    answer.certificate_ends = clock.wall() + std::chrono::hours{24 * 6};
    BOOST_TEST((judged() == CheckStatus::critical));
    settings["certificate_critical"] = {"1d"};
    settings["certificate_warning"] = {"2d"};
    BOOST_TEST((judged() == CheckStatus::ok));
}

BOOST_AUTO_TEST_SUITE_END()
