// Software RAID in its states. Texts are shortened captures.
#include "agent/collect/mdadm.hpp"

#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

namespace {

MdReading one(std::string_view text) {
    const auto devices = parse_mdstat(text);
    BOOST_REQUIRE(devices);
    BOOST_REQUIRE(devices->size() == 1u);
    return devices->front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mdadm)

BOOST_AUTO_TEST_CASE(a_whole_array_has_all_blocks_synced) {
    const auto devices = parse_mdstat(
        "Personalities : [raid1]\nmd0 : active raid1 sdb1[1] sda1[0]\n      248896 blocks [2/2] [UU]\n"
        "      bitmap: 0/1 pages [0KB], 65536KB chunk\n\nunused devices: <none>\n");
    BOOST_TEST(
        series_of(*devices) ==
        "node_md_blocks{device=\"md0\"} 248896\nnode_md_blocks_synced{device=\"md0\"} 248896\n"
        "node_md_disks{device=\"md0\",state=\"active\"} 2\nnode_md_disks{device=\"md0\",state=\"failed\"} 0\n"
        "node_md_disks{device=\"md0\",state=\"spare\"} 0\nnode_md_disks_required{device=\"md0\"} 2\n"
        "node_md_state{device=\"md0\",state=\"active\"} 1\nnode_md_state{device=\"md0\",state=\"check\"} 0\n"
        "node_md_state{device=\"md0\",state=\"inactive\"} 0\nnode_md_state{device=\"md0\",state=\"recovering\"} 0\n"
        "node_md_state{device=\"md0\",state=\"resync\"} 0\n");
}

BOOST_AUTO_TEST_CASE(a_failed_disk_is_counted_while_the_spare_is_built_up) {
    const auto device =
        one("md8 : active raid1 sdb1[1] sda1[0] sdc[2](S) sde[3](F)\n      195310144 blocks [2/1] [U_]\n"
            "      [=>......]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec\n");
    BOOST_TEST(device.state == "recovering");
    BOOST_TEST(device.disks_active == 1);
    BOOST_TEST(device.disks_required == 2);
    BOOST_TEST(device.disks_failed == 1);
    BOOST_TEST(device.disks_spare == 1);
    BOOST_TEST(device.blocks == 195310144);
    BOOST_TEST(device.blocks_synced == 16775552);
}

BOOST_AUTO_TEST_CASE(a_delayed_resync_has_synced_nothing) {
    const auto device =
        one("md9 : active raid1 sdc2[2] sdd2[3]\n      523968 blocks [4/4] [UUUU]\n"
            "        resync=DELAYED\n\n");
    BOOST_TEST(device.blocks == 523968);
    BOOST_TEST(device.blocks_synced == 0);
    BOOST_TEST(device.state == "resync");
}

BOOST_AUTO_TEST_CASE(arrays_without_redundancy_count_the_members_of_their_heading) {
    const auto striped = one("md10 : active raid0 sda1[0] sdb1[1]\n      314159265 blocks 64k chunks\n");
    BOOST_TEST(striped.disks_required == 2);
    BOOST_TEST(striped.disks_active == 2);
    const auto stopped = one("md13 : inactive sdb1[0](S)\n      7854720 blocks super 1.2\n");
    BOOST_TEST(stopped.state == "inactive");
    BOOST_TEST(stopped.disks_active == 0);
    BOOST_TEST(stopped.disks_spare == 1);
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error) {
    for (const auto* bad : {"md0 :\n", "md0 : active raid1 sda1[0]\n", "md0 : active raid1 sda1[0]\n  x blocks\n",
                            "md0 : active raid1 sda1[0]\n  5 blocks super 1.2\n",
                            "md0 : active raid1 sda1[0]\n  5 blocks [1/1] [U]\n  recovery = 5%\n"}) {
        BOOST_TEST(!parse_mdstat(bad), bad);
    }
    BOOST_TEST(parse_mdstat("Personalities :\nunused devices: <none>\n")->empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
