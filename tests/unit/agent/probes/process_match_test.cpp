#include "agent/probes/process_match.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(process_match)

BOOST_AUTO_TEST_CASE(reads_the_kernels_line_whatever_the_command_is_called) {
    const auto stat = parse_process_stat("12 (a) b (c)) S 1 12 12 0 -1");
    BOOST_REQUIRE(stat);
    BOOST_TEST(stat->command == "a) b (c)");
    BOOST_TEST(stat->state == 'S');
    BOOST_TEST(!parse_process_stat(""));
    BOOST_TEST(!parse_process_stat("12 (a)"));
    BOOST_TEST(!parse_process_stat(")("));
}

BOOST_AUTO_TEST_CASE(a_process_is_called_by_the_kernels_name_or_its_programs) {
    const ProcessStat nginx{.command = "nginx", .state = 'S'};
    BOOST_TEST(is_process_named(nginx, "nginx: master process\0"s, "nginx"));
    BOOST_TEST(!is_process_named(nginx, "", "ngin"));
    const ProcessStat python{.command = "python3", .state = 'S'};
    BOOST_TEST(is_process_named(python, "/usr/bin/python3\0app.py\0"s, "python3"));
    const ProcessStat longer{.command = "prometheus-node", .state = 'S'};
    BOOST_TEST(is_process_named(longer, "", "prometheus-node-exporter"));
    BOOST_TEST(!is_process_named(longer, "", "prometheus"));
}

BOOST_AUTO_TEST_CASE(arguments_are_shown_with_blanks) {
    BOOST_TEST(shown_command_line("java\0-jar\0a.jar\0"s) == "java -jar a.jar");
    BOOST_TEST(shown_command_line("") == "");
}

BOOST_AUTO_TEST_SUITE_END()
