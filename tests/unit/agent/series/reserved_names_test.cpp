#include "agent/series/reserved_names.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(reserved_names)

BOOST_AUTO_TEST_CASE(what_the_host_its_checks_and_the_controller_write_is_reserved) {
    for (const auto* name : {"node_load1", "container_x", "vigie_check_status", "probe_success",
                             "scrape_duration_seconds", "up", "ALERTS", "ALERTS_FOR_STATE"}) {
        BOOST_TEST(is_reserved_name(name), name);
        BOOST_TEST(is_reserved_stem(name), name);
    }
    for (const auto* name : {"node", "probe", "scrape", "vigie", "uptime", "alerts", "ALERTS_total", "probes", "upx"}) {
        BOOST_TEST(!is_reserved_name(name), name);
    }
    BOOST_TEST(is_reserved_stem("probe"));
    BOOST_TEST(is_reserved_stem("vigie"));
    BOOST_TEST(!is_reserved_stem("probes"));
    BOOST_TEST(!is_reserved_stem("ALERTS_FOR"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
