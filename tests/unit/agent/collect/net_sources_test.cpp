// Neighbours, queues and bonds.
#include "agent/collect/arp.hpp"
#include "agent/collect/udp_queues.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_AUTO_TEST_SUITE(arp)

constexpr auto* table =
    "IP address       HW type     Flags       HW address            Mask     Device\n"
    "10.0.0.1         0x1         0x2         52:54:00:00:00:01     *        eth0\n"
    "10.0.0.2         0x1         0x2         52:54:00:00:00:02     *        veth1\n"
    "10.0.0.3         0x1         0x2         52:54:00:00:00:03     *        eth0\n";

BOOST_AUTO_TEST_CASE(neighbours_are_counted_by_device_and_excluded_ones_are_not) {
    const std::vector<std::string> exclude{"veth*"};
    BOOST_TEST(series_of(*parse_arp(table, {})) ==
               "node_arp_entries{device=\"eth0\"} 2\nnode_arp_entries{device=\"veth1\"} 1\n");
    BOOST_TEST(series_of(*parse_arp(table, exclude)) == "node_arp_entries{device=\"eth0\"} 2\n");
}

BOOST_AUTO_TEST_CASE(a_short_line_is_an_error) {
    BOOST_TEST(!parse_arp("10.0.0.1 0x1 0x2\n", {}));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE(udp_queues)

BOOST_AUTO_TEST_CASE(queues_of_all_sockets_add_up) {
    const auto reading = parse_udp_queues(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
        "  0: 0100007F:0035 00000000:0000 07 00000010:00000002 00:00000000\n"
        "  1: 0100007F:0036 00000000:0000 07 00000001:0000000F 00:00000000\n");
    BOOST_REQUIRE(reading);
    BOOST_TEST(reading->transmit_bytes == 17);
    BOOST_TEST(reading->receive_bytes == 17);
    BOOST_TEST(!parse_udp_queues("heading\n  0: a b 07 00000010 x\n"));
}

BOOST_FIXTURE_TEST_CASE(a_kernel_without_ipv6_has_the_other_protocol_alone, Tree) {
    put("proc/net/udp", "heading\n  0: a b 07 00000010:00000002 00\n");
    const auto series = collect();
    BOOST_TEST(lines_of(series, "node_udp_queues") ==
               "node_udp_queues{ip=\"v4\",queue=\"rx\"} 2\nnode_udp_queues{ip=\"v4\",queue=\"tx\"} 16\n");
    BOOST_TEST(series.at("node_scrape_collector_success{collector=\"udp_queues\"}") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_FIXTURE_TEST_SUITE(bonding, Tree)

BOOST_AUTO_TEST_CASE(members_with_a_link_are_active_under_the_new_and_the_old_name) {
    put("sys/class/net/bonding_masters", "bond0 bond1\n");
    put("sys/class/net/bond0/bonding/slaves", "eth0 eth1 eth2\n");
    put("sys/class/net/bond0/lower_eth0/bonding_slave/mii_status", "up\n");
    put("sys/class/net/bond0/lower_eth1/bonding_slave/mii_status", "down\n");
    put("sys/class/net/bond0/slave_eth2/bonding_slave/mii_status", "up\n");
    BOOST_TEST(lines_of(collect(), "node_bonding") ==
               "node_bonding_active{master=\"bond0\"} 2\nnode_bonding_slaves{master=\"bond0\"} 3\n");
}

BOOST_AUTO_TEST_CASE(a_host_without_the_driver_has_none) {
    BOOST_TEST(collect().at("node_scrape_collector_success{collector=\"bonding\"}") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
