// One collection, printed.
#include "agent/app/metrics_words.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "shared/loop/loop.hpp"
#include "shared/os/fd.hpp"
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

BOOST_AUTO_TEST_CASE(a_reader_that_leaves_has_seen_enough_and_other_failures_are_told) {
    const auto loop = Loop::open().value();  // as a collection has: SIGPIPE is ignored
    std::array<int, 2> ends{};
    BOOST_REQUIRE(pipe(ends.data()) == 0);
    Fd reader(ends[0]);
    const Fd writer(ends[1]);
    BOOST_TEST(write_metrics(writer.get(), "a 1\n").has_value());
    reader.reset();
    BOOST_TEST(write_metrics(writer.get(), "a 1\n").has_value());
    const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
    const auto failed = write_metrics(full.get(), "a 1\n");
    BOOST_REQUIRE(!failed);
    BOOST_TEST(failed.error().message.find("standard output") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
