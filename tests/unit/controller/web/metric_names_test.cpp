// Types are what node_exporter 1.5 says of the same names in its text format.
#include "controller/web/metric_names.hpp"

#include <boost/test/unit_test.hpp>

using vigie::controller::web::meta_of;

BOOST_AUTO_TEST_SUITE(metric_names)

BOOST_AUTO_TEST_CASE(types_follow_from_names) {
    BOOST_TEST(meta_of("node_cpu_seconds_total").type == "counter");
    BOOST_TEST(meta_of("node_load1").type == "gauge");
    BOOST_TEST(meta_of("node_netstat_Tcp_InSegs").type == "unknown");
    BOOST_TEST(meta_of("node_vmstat_pgfault").type == "unknown");
    BOOST_TEST(meta_of("container_memory_working_set_bytes").type == "gauge");
    BOOST_TEST(meta_of("backup_last_success_seconds").type == "unknown");
    BOOST_TEST(meta_of("requests_total").type == "counter");
}

BOOST_AUTO_TEST_CASE(a_name_is_explained_before_its_family) {
    BOOST_TEST(meta_of("node_memory_MemTotal_bytes").help == "Memory of the host");
    BOOST_TEST(meta_of("node_memory_Dirty_bytes").help == "A line of /proc/meminfo");
    BOOST_TEST(meta_of("anything").help == "");
}

BOOST_AUTO_TEST_CASE(units_are_openmetrics_suffixes) {
    BOOST_TEST(meta_of("node_cpu_seconds_total").unit == "seconds");
    BOOST_TEST(meta_of("node_memory_MemTotal_bytes").unit == "bytes");
    BOOST_TEST(meta_of("node_load1").unit == "");
    BOOST_TEST(meta_of("").unit == "");
}

BOOST_AUTO_TEST_SUITE_END()
