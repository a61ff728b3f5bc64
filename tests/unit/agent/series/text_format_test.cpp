// A collection as text.
#include "agent/series/text_format.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(text_format_of_a_batch)

BOOST_AUTO_TEST_CASE(series_of_a_name_stand_together_after_its_type) {
    const protocol::SampleBatch batch{
        0,
        "node_b{x=\"1\"}\nnode_a_total\nnode_b{x=\"2\"}\nnode_netstat_Ip_Forwarding\nmine_total\nmine_nan\n",
        {1.5, 2, std::numeric_limits<double>::infinity(), 1, -std::numeric_limits<double>::infinity(), std::nan("")}};
    BOOST_TEST(text_format(batch) ==
               "# TYPE mine_nan untyped\nmine_nan NaN\n# TYPE mine_total untyped\nmine_total -Inf\n"
               "# TYPE node_a_total counter\nnode_a_total 2\n# TYPE node_b gauge\nnode_b{x=\"1\"} 1.5\n"
               "node_b{x=\"2\"} +Inf\n# TYPE node_netstat_Ip_Forwarding untyped\nnode_netstat_Ip_Forwarding 1\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
