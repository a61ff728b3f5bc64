// What a host is: distribution, firmware, SELinux, a restart that is due, the scheduler.
#include <fcntl.h>
#include <sys/stat.h>

#include "agent/collect/kernel_facts.hpp"
#include "agent/collect/os_release.hpp"
#include "agent/collect/schedstat.hpp"
#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_AUTO_TEST_SUITE(os_release)

BOOST_AUTO_TEST_CASE(values_are_unquoted_as_a_shell_does) {
    const auto release = parse_os_release(
        "# comment\nNAME=\"A \\\"B\\\" \\$C\"\nID=debian\nVERSION='it\\s'\nno line\nVERSION_ID=12\n\nEMPTY=\n");
    BOOST_REQUIRE(release);
    BOOST_TEST(release->at("NAME") == "A \"B\" $C");
    BOOST_TEST(release->at("VERSION") == "it\\s");
    BOOST_TEST(release->at("EMPTY").empty());
    BOOST_TEST(release->size() == 5u);
    BOOST_TEST(!parse_os_release("nothing here\n"));
}

BOOST_AUTO_TEST_CASE(the_version_is_major_and_minor) {
    BOOST_TEST(version_number("22.04.1").value() == 22.04);
    BOOST_TEST(version_number("12").value() == 12);
    BOOST_TEST(version_number("7.").value() == 7);
    BOOST_TEST(version_number("8beta").value() == 8);
    BOOST_TEST(!version_number("rolling").has_value());
    BOOST_TEST(!version_number(".5").has_value());
    BOOST_TEST(!version_number("").has_value());
}

BOOST_FIXTURE_TEST_CASE(a_changed_file_is_read_again_and_etc_goes_before_usr_lib, Tree) {
    put("root/usr/lib/os-release", "ID=old\nVERSION_ID=1\n");
    auto set = open();
    const auto version = [&] { return lines_of(by_key(set->collect(clock.wall()).batch), "node_os_version"); };
    BOOST_TEST(version() == "node_os_version{id=\"old\",id_like=\"\",name=\"\"} 1\n");
    put("root/etc/os-release", "ID=new\nVERSION_ID=2\n");
    BOOST_TEST(version() == "node_os_version{id=\"new\",id_like=\"\",name=\"\"} 2\n");
    put("root/etc/os-release", "ID=newer\nVERSION_ID=13\n");
    BOOST_TEST(version() == "node_os_version{id=\"newer\",id_like=\"\",name=\"\"} 13\n");
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_FIXTURE_TEST_SUITE(facts, Tree)

BOOST_AUTO_TEST_CASE(firmware_is_one_series_of_the_files_that_are_there) {
    put_all("sys/class/dmi/id", {{"sys_vendor", "Dell \"Inc\""}, {"bios_date", "04/12/2021"}, {"product_sku", ""}});
    put("sys/class/dmi/id/modalias", "dmi:x");
    const auto series = collect();
    BOOST_TEST(lines_of(series, "node_dmi_info") ==
               "node_dmi_info{bios_date=\"04/12/2021\",product_sku=\"\",system_vendor=\"Dell \\\"Inc\\\"\"} 1\n");
    remove("sys/class/dmi");
    BOOST_TEST(collect().at("node_scrape_collector_success{collector=\"dmi\"}") == 0);
}

BOOST_AUTO_TEST_CASE(selinux_is_what_its_file_system_and_its_configuration_say) {
    BOOST_TEST(lines_of(collect(), "node_selinux") == "node_selinux_enabled 0\n");
    put("sys/fs/selinux/enforce", "0");
    put("root/etc/selinux/config", "# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\n");
    BOOST_TEST(lines_of(collect(), "node_selinux") ==
               "node_selinux_config_mode 1\nnode_selinux_current_mode 0\nnode_selinux_enabled 1\n");
    BOOST_TEST(parse_selinux_config("SELINUX = permissive\n") == 0);
    BOOST_TEST(parse_selinux_config("SELINUX=disabled\n") == -1);
    BOOST_TEST(parse_selinux_config("") == -1);
}

BOOST_AUTO_TEST_CASE(a_restart_is_due_while_the_mark_of_the_packages_is_there) {
    BOOST_TEST(collect().at("node_reboot_required") == 0);
    put("root/run/reboot-required", "*** System restart required ***\n");
    BOOST_TEST(collect().at("node_reboot_required") == 1);
}

BOOST_AUTO_TEST_CASE(packages_changed_when_their_manager_last_wrote_it_down) {
    const auto* name = "vigie_packages_changed_timestamp_seconds";
    BOOST_TEST(!collect().contains(name));
    put("root/var/lib/dpkg/status", "Package: a\n");
    const std::array<timespec, 2> times{{{1'700'000'000, 0}, {1'700'000'001, 0}}};  // of reading, and of writing
    const std::string record = folder / "root/var/lib/dpkg/status";
    BOOST_REQUIRE(utimensat(AT_FDCWD, record.c_str(), times.data(), 0) == 0);
    BOOST_TEST(collect().at(name) == 1'700'000'001);
}

BOOST_AUTO_TEST_CASE(the_scheduler_counts_nanoseconds) {
    const auto cpus =
        parse_schedstat("version 15\ntimestamp 1\ncpu0 1 2 3 4 5 6 2000000000 500000000 9\ndomain0 03 1 2 3\n");
    BOOST_TEST(
        series_of(*cpus) ==
        "node_schedstat_running_seconds_total{cpu=\"0\"} 2\nnode_schedstat_waiting_seconds_total{cpu=\"0\"} 0.5\n"
        "node_schedstat_timeslices_total{cpu=\"0\"} 9\n");
    BOOST_TEST(!parse_schedstat("cpu0 1 2 3\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
