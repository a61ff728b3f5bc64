// One collection, printed.
#include "agent/app/metrics_words.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(metrics_words)

BOOST_AUTO_TEST_CASE(words_go_over_the_configuration_and_empty_ones_do_not) {
    AgentConfig config;
    config.collect.textfile_directory = "/srv/text";
    config.collect.disabled = {"hwmon"};
    const auto options = options_with(
        config, {.procfs = "/p", .sysfs = "", .rootfs = "/host", .udev_data = "", .textfile_directory = ""});
    BOOST_TEST(options.roots.procfs == "/p");
    BOOST_TEST(options.roots.sysfs == "/sys");
    BOOST_TEST(options.roots.rootfs == "/host");
    BOOST_TEST(options.textfile_directory == "/srv/text");
    BOOST_TEST((options.mount_waits.longest > ProbeWaits{}.longest));
    BOOST_TEST((options.disabled == std::vector<std::string>{"hwmon"}));
}

BOOST_AUTO_TEST_CASE(a_host_of_files_is_printed) {
    tests::TempFolder folder;
    SystemFiles files;
    BOOST_REQUIRE(files.make_directories(folder / "proc", 0700));
    BOOST_REQUIRE(files.write_atomically(folder / "proc/loadavg", "7 8 9 1/2 3\n", 0600));
    const auto text = print_metrics({}, {.procfs = folder / "proc",
                                         .sysfs = folder / "sys",
                                         .rootfs = folder / "root",
                                         .udev_data = folder / "udev",
                                         .textfile_directory = ""});
    BOOST_REQUIRE(text);
    BOOST_TEST(text->find("# TYPE node_load1 gauge\nnode_load1 7\n") != std::string::npos);
    AgentConfig bad;
    bad.collect.disabled = {"nonsense"};
    BOOST_TEST(!print_metrics(bad, {}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
