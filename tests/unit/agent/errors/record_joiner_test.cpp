// Lines in, records out.
#include "agent/errors/record_joiner.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace vigie::agent::errors {
namespace {

std::vector<LogRecord> join(LogFormat format, std::string_view text, Level least = Level::error) {
    std::vector<LogRecord> records;
    RecordJoiner joiner(format, least, [&](LogRecord&& record) { records.push_back(std::move(record)); });
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        joiner.add_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    joiner.end();
    return records;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_joiner)

BOOST_AUTO_TEST_CASE(javas_causes_stay_with_their_message) {
    const auto records = join(LogFormat::automatic,
                              "2026-11-28 00:40:50,123 INFO [main] com.foo.Bar - begun\n"
                              "2026-11-28 00:40:50,124 ERROR [main] com.foo.Bar - no such user\n"
                              "java.lang.RuntimeException: load\n"
                              "\tat com.foo.Bar.load(Bar.java:12)\n"
                              "Caused by: java.sql.SQLException: refused\n"
                              "\tat com.foo.Db.open(Db.java:7)\n"
                              "\t... 12 more\n"
                              "2026-11-28 00:40:50,125 INFO [main] com.foo.Bar - goes on\n");
    BOOST_REQUIRE(records.size() == 1u);
    BOOST_TEST(records[0].message == "no such user");
    BOOST_TEST(records[0].exception == "java.sql.SQLException");
    BOOST_TEST(records[0].place.function == "com.foo.Bar.load");
    BOOST_TEST(records[0].place.line == 12u);
    BOOST_TEST(records[0].stack.ends_with("... 12 more"));
}

BOOST_AUTO_TEST_CASE(pythons_traceback_stays_with_its_message) {
    const auto records = join(LogFormat::automatic,
                              "ERROR:app:no such user\n"
                              "Traceback (most recent call last):\n"
                              "  File \"/srv/app/main.py\", line 3, in main\n"
                              "    load()\n"
                              "  File \"/srv/app/load.py\", line 12, in load\n"
                              "    raise ValueError(\"no\")\n"
                              "ValueError: no\n"
                              "ERROR:app:another\n");
    BOOST_REQUIRE(records.size() == 2u);
    BOOST_TEST(records[0].message == "no such user");
    BOOST_TEST(records[0].exception == "ValueError");
    BOOST_TEST((records[0].place == CodePlace{.file = "/srv/app/load.py", .line = 12, .function = "load"}));
    BOOST_TEST(records[1].message == "another");
}

BOOST_AUTO_TEST_CASE(a_traceback_alone_is_told_by_what_it_ended_with) {
    const auto records = join(LogFormat::automatic,
                              "starting\n"
                              "Traceback (most recent call last):\n"
                              "  File \"/srv/app/main.py\", line 3, in <module>\n"
                              "    main()\n"
                              "KeyError: 'user'\n"
                              "stopped\n");
    BOOST_REQUIRE(records.size() == 1u);
    BOOST_TEST(records[0].message == "KeyError: 'user'");
    BOOST_TEST(records[0].exception == "KeyError");
    BOOST_TEST(records[0].place.function == "<module>");
}

BOOST_AUTO_TEST_CASE(a_traceback_line_by_line_through_syslog_is_one_record) {
    const auto records = join(LogFormat::automatic,
                              "Nov 28 00:40:50 web-1 app[1]: Traceback (most recent call last):\n"
                              "Nov 28 00:40:50 web-1 app[1]:   File \"/srv/app/main.py\", line 3, in main\n"
                              "Nov 28 00:40:50 web-1 app[1]: ValueError: no\n"
                              "Nov 28 00:40:51 web-1 cron[2]: error: another\n");
    BOOST_REQUIRE(records.size() == 2u);
    BOOST_TEST(records[0].message == "ValueError: no");
    BOOST_TEST(records[0].logger == "app");
    BOOST_TEST(records[0].place.line == 3u);
    BOOST_TEST(records[1].logger == "cron");
}

BOOST_AUTO_TEST_CASE(phps_stack_stays_with_its_error) {
    const auto records = join(LogFormat::automatic,
                              "[28-Nov-2026 00:40:50 UTC] PHP Fatal error:  Uncaught Broken: no in /srv/app/x.php:12\n"
                              "Stack trace:\n"
                              "#0 /srv/app/y.php(3): load()\n"
                              "#1 {main}\n"
                              "  thrown in /srv/app/x.php on line 12\n"
                              "[28-Nov-2026 00:40:51 UTC] PHP Notice:  x in /srv/app/z.php on line 1\n");
    BOOST_REQUIRE(records.size() == 1u);
    BOOST_TEST(records[0].place.file == "/srv/app/x.php");
    BOOST_TEST(records[0].stack.ends_with("thrown in /srv/app/x.php on line 12"));
}

BOOST_AUTO_TEST_CASE(lines_under_what_is_not_wanted_are_dropped) {
    BOOST_TEST(join(LogFormat::python, "INFO:a:b\n  more\n  and more\n").empty());
    BOOST_TEST(join(LogFormat::log4j, "no record began yet\n").empty());
    BOOST_TEST(join(LogFormat::python, "WARNING:a:b\n", Level::warning).size() == 1u);
}

BOOST_AUTO_TEST_CASE(colours_and_carriage_returns_are_passed_over) {
    const auto records = join(LogFormat::automatic, "\x1b[31mERROR\x1b[0m no connection\r\n");
    BOOST_REQUIRE(records.size() == 1u);
    BOOST_TEST(records[0].message == "ERROR no connection");
}

BOOST_AUTO_TEST_CASE(what_grows_without_end_is_cut) {
    std::string text = "ERROR:a:b\n" + std::string(100'000, ' ') + "\n";
    for (int i = 0; i < 10'000; ++i) {
        text += "  one more line of it\n";
    }
    const auto records = join(LogFormat::python, text);
    BOOST_REQUIRE(records.size() == 1u);
    BOOST_TEST(records[0].is_cut);
    BOOST_TEST(records[0].stack.size() <= stack_bytes_max);
}

BOOST_AUTO_TEST_CASE(a_record_is_whole_when_told_so) {
    int count = 0;
    RecordJoiner joiner(LogFormat::python, Level::error, [&](LogRecord&&) { ++count; });
    joiner.add_line("ERROR:a:b");
    BOOST_TEST(joiner.is_open());
    BOOST_TEST(count == 0);
    joiner.end();
    joiner.end();
    BOOST_TEST(!joiner.is_open());
    BOOST_TEST(count == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors
