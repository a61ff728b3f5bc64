#include "controller/rules/clearance.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::rules {
namespace {

BOOST_AUTO_TEST_SUITE(rule_clearance)

BOOST_AUTO_TEST_CASE(a_series_clears_the_alerts_that_have_its_labels) {
    Clearance cleared;
    BOOST_TEST(!cleared.covers({}));
    cleared.add({{"instance", "web-1"}, {"device", "sda"}});
    cleared.add({{"instance", "db-1"}});
    BOOST_TEST(cleared.covers({{"instance", "web-1"}, {"device", "sda"}}));
    BOOST_TEST(cleared.covers({{"instance", "web-1"}, {"device", "sda"}, {"job", "node"}}));
    BOOST_TEST(!cleared.covers({{"instance", "web-1"}, {"device", "sdb"}}));
    BOOST_TEST(!cleared.covers({{"instance", "web-1"}}));
    BOOST_TEST(cleared.covers({{"instance", "db-1"}, {"device", "sdb"}}));
    BOOST_TEST(!cleared.covers({{"job", "node"}}));
}

BOOST_AUTO_TEST_CASE(one_without_labels_clears_all) {
    Clearance cleared;
    cleared.add({});
    BOOST_TEST(cleared.covers({{"instance", "web-1"}}));
    BOOST_TEST(cleared.covers({}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
