// Types and shares of names.
#include "agent/statsd/statsd_names.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_FIXTURE_TEST_SUITE(statsd_names, StatsdNames)

BOOST_AUTO_TEST_CASE(a_name_has_one_type_until_its_last_key_goes) {
    add("a", StatsdKind::counter, 1, true);
    add("a", StatsdKind::counter, 1, true);
    BOOST_TEST(may_have("a", StatsdKind::counter));
    BOOST_TEST(!may_have("a", StatsdKind::gauge));
    BOOST_TEST(may_have("b", StatsdKind::gauge));
    remove("a", StatsdKind::counter, 1);
    BOOST_TEST(!may_have("a", StatsdKind::gauge));
    remove("a", StatsdKind::counter, 1);
    BOOST_TEST(may_have("a", StatsdKind::gauge));
}

BOOST_AUTO_TEST_CASE(a_timer_needs_three_names) {
    add("t", StatsdKind::timer, 5, true);
    BOOST_TEST(!may_have("t_sum", StatsdKind::counter));
    BOOST_TEST(!may_have("t_count", StatsdKind::timer));
    BOOST_TEST(may_have("t", StatsdKind::timer));
    remove("t", StatsdKind::timer, 5);
    BOOST_TEST(may_have("t_count", StatsdKind::timer));
    add("u_count", StatsdKind::set, 1, true);
    BOOST_TEST(!may_have("u", StatsdKind::timer));
}

BOOST_AUTO_TEST_CASE(series_are_counted_and_new_ones_by_the_day) {
    BOOST_TEST(series_of("t") == 0u);
    BOOST_TEST(begun_of("t") == 0u);
    add("t", StatsdKind::timer, 5, true);
    add("t", StatsdKind::timer, 5, false);
    BOOST_TEST(series_of("t") == 10u);
    BOOST_TEST(begun_of("t") == 5u);
    remove("t", StatsdKind::timer, 5);
    BOOST_TEST(series_of("t") == 5u);
    begin_day();
    BOOST_TEST(begun_of("t") == 0u);
    BOOST_TEST(series_of("t") == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
