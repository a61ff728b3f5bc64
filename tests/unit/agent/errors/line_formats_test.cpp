// First lines as their programs write them.
#include "agent/errors/line_formats.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

namespace vigie::agent::errors {
namespace {

// "level|logger|message", "-" for a line that begins no record.
std::string read(LogFormat format, std::string_view line) {
    LogRecord record;
    return read_head(format, line, Level::debug, record) == LineKind::head
               ? fmt::format("{}|{}|{}", name_of(record.level), record.logger, record.message)
               : "-";
}

LogRecord record_of(LogFormat format, std::string_view line) {
    LogRecord record;
    BOOST_REQUIRE(read_head(format, line, Level::debug, record) == LineKind::head);
    return record;
}

// The format that a reader of unknown files finds.
std::string_view found(std::string_view line) {
    HeadReader reader(LogFormat::automatic, Level::debug);
    LogRecord record;
    BOOST_REQUIRE(reader.read(line, record) == LineKind::head);
    return name_of(reader.last_format());
}

constexpr std::string_view nginx_line =
    "2026/11/28 00:40:50 [error] 123#124: *45 open() \"/srv/x\" failed (2: No such file or directory), client: "
    "192.0.2.1, server: a.example, request: \"GET /x?y=1 HTTP/1.1\", host: \"a.example\"";
constexpr std::string_view apache_line =
    "[Fri Nov 28 00:40:50.123456 2026] [core:error] [pid 12:tid 34] (13)Permission denied: [client 192.0.2.1:5678] "
    "AH00035: access to /x denied, referer: http://a.example/";
constexpr std::string_view php_line =
    "[28-Nov-2026 00:40:50 Europe/Berlin] PHP Fatal error:  Uncaught App\\Broken: no such user in /srv/app/x.php:12";
constexpr std::string_view monolog_line =
    "[2026-11-28T00:40:50.123456+00:00] app.ERROR: no such user {\"exception\":\"[object] (App\\\\Broken(code: 0): no "
    "such user at /srv/app/x.php:12)\"} []";

}  // namespace

BOOST_AUTO_TEST_SUITE(line_formats)

// Examples of RFC 3164 section 5.4 and RFC 5424 section 6.5.
BOOST_AUTO_TEST_CASE(syslog_is_read_as_its_documents_have_it) {
    BOOST_TEST(
        read(LogFormat::syslog, "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8") ==
        "critical|su|'su root' failed for lonvick on /dev/pts/8");
    BOOST_TEST(read(LogFormat::syslog,
                    "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - "
                    "\xef\xbb\xbf'su root' failed for lonvick on /dev/pts/8") ==
               "critical|su|'su root' failed for lonvick on /dev/pts/8");
    BOOST_TEST(
        read(LogFormat::syslog,
             "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.") ==
        "notice|myproc|%% It's time to make the do-nuts.");
    BOOST_TEST(
        read(LogFormat::syslog,
             "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" "
             "eventSource=\"Application\" eventID=\"1011\"][examplePriority@32473 class=\"high\"]") ==
        "notice|evntslog|");
}

BOOST_AUTO_TEST_CASE(syslog_files_have_no_priority_and_the_level_is_guessed) {
    BOOST_TEST(read(LogFormat::syslog, "Nov 28 00:40:50 web-1 myapp[123]: ERROR no connection") ==
               "error|myapp|ERROR no connection");
    BOOST_TEST(read(LogFormat::syslog, "Nov  8 00:40:50 web-1 sshd[9]: Accepted publickey for x") ==
               "info|sshd|Accepted publickey for x");
    BOOST_TEST(read(LogFormat::syslog, "2026-11-28T00:40:50.123456+00:00 web-1 kernel: error: disk") ==
               "error|kernel|error: disk");
}

BOOST_AUTO_TEST_CASE(lines_that_rsyslog_joined_are_taken_apart) {
    const auto record = record_of(LogFormat::syslog, "Nov 28 00:40:50 web-1 myapp[1]: ERROR a#012#011at b#012c");
    BOOST_TEST(record.message == "ERROR a");
    BOOST_TEST(record.stack == "\tat b\nc");
}

BOOST_AUTO_TEST_CASE(what_is_not_syslog_begins_no_record_of_it) {
    for (const auto* line : {"", "<", "<192>Oct 11 22:14:15 a b: c", "<x>Oct 11 22:14:15 a b: c", "Oct 11 a b: c",
                             "<34>1 2003-10-11T22:14:15.003Z a b - - [never closed", "Nov 28 00:40:50",
                             "Nov 28 00:40:50 host no tag here", "2026-11-28 00:40:50 host app: x"}) {
        BOOST_TEST(read(LogFormat::syslog, line) == "-", line);
    }
}

BOOST_AUTO_TEST_CASE(log4js_family_has_its_level_behind_the_time) {
    BOOST_TEST(read(LogFormat::log4j, "2026-11-28 00:40:50,123 ERROR [main] com.foo.Bar - no such user") ==
               "error|com.foo.Bar|no such user");
    BOOST_TEST(read(LogFormat::log4j, "2026-11-28 00:40:50.123 [http-nio 8080 1] WARN  c.f.Bar - no such user") ==
               "warning|c.f.Bar|no such user");
    BOOST_TEST(read(LogFormat::log4j, "00:40:50.123 [main] ERROR com.foo.Bar - no such user") ==
               "error|com.foo.Bar|no such user");
    BOOST_TEST(
        read(LogFormat::log4j, "2026-11-28T00:40:50.123Z ERROR 12345 --- [main] c.foo.Bar       : no such user") ==
        "error|c.foo.Bar|no such user");
    BOOST_TEST(read(LogFormat::log4j, "2026-11-28 00:40:50.123 UTC [123] ERROR:  relation \"x\" does not exist") ==
               "error||relation \"x\" does not exist");
    BOOST_TEST(read(LogFormat::log4j, "2026-11-28T00:40:50.123456Z 0 [ERROR] [MY-010119] [Server] Aborting") ==
               "error||Aborting");
    BOOST_TEST(read(LogFormat::log4j, "2026-11-28 00:40:50 something without a level") == "-");
    BOOST_TEST(read(LogFormat::log4j, "\tat com.foo.Bar.load(Bar.java:12)") == "-");
}

BOOST_AUTO_TEST_CASE(pythons_logging_is_read_in_its_usual_formats) {
    BOOST_TEST(read(LogFormat::python, "2026-11-28 00:40:50,123 - my.module - ERROR - no such user") ==
               "error|my.module|no such user");
    BOOST_TEST(read(LogFormat::python, "ERROR:root:no such user") == "error|root|no such user");
    BOOST_TEST(read(LogFormat::python, "2026-11-28 00:40:50,123 ERROR my.module: no such user") ==
               "error|my.module|no such user");
    BOOST_TEST(read(LogFormat::python, "[2026-11-28 00:40:50,123] ERROR in app: no such user") ==
               "error|app|no such user");
    BOOST_TEST(read(LogFormat::python, "[2026-11-28 00:40:50,123: ERROR/MainProcess] no such user") ==
               "error|MainProcess|no such user");
    BOOST_TEST(read(LogFormat::python, "Traceback (most recent call last):") ==
               "error||Traceback (most recent call last):");
    BOOST_TEST(read(LogFormat::python, "ValueError: no such user") == "-");
    BOOST_TEST(read(LogFormat::python, "  File \"x.py\", line 1, in f") == "-");
}

BOOST_AUTO_TEST_CASE(nginxs_error_log_tells_of_the_request) {
    const auto record = record_of(LogFormat::nginx, nginx_line);
    BOOST_TEST(name_of(record.level) == "error");
    BOOST_TEST(record.message == "open() \"/srv/x\" failed (2: No such file or directory)");
    BOOST_TEST(record.request.client == "192.0.2.1");
    BOOST_TEST(record.request.method == "GET");
    BOOST_TEST(record.request.url == "/x?y=1");
    BOOST_TEST(read(LogFormat::nginx, "2026/11/28 00:40:50 [emerg] 1#1: bind() to 0.0.0.0:80 failed") ==
               "critical|nginx|bind() to 0.0.0.0:80 failed");
    BOOST_TEST(read(LogFormat::nginx, "2026/11/28 00:40:50 no brackets") == "-");
}

BOOST_AUTO_TEST_CASE(apaches_error_log_is_read_in_both_versions) {
    const auto record = record_of(LogFormat::apache, apache_line);
    BOOST_TEST(name_of(record.level) == "error");
    BOOST_TEST(record.logger == "core");
    BOOST_TEST(record.message == "(13)Permission denied: [client 192.0.2.1:5678] AH00035: access to /x denied");
    BOOST_TEST(record.request.client == "192.0.2.1");
    BOOST_TEST(
        read(LogFormat::apache, "[Fri Nov 28 00:40:50 2026] [error] [client 192.0.2.1] File does not exist: /x") ==
        "error|apache|File does not exist: /x");
    BOOST_TEST(read(LogFormat::apache, "[Fri Nov 28 00:40:50 2026] [ssl:trace3] x") == "debug|ssl|x");
    BOOST_TEST(read(LogFormat::apache, "[Fri Nov 28 2026] [error] x") == "-");
}

BOOST_AUTO_TEST_CASE(php_tells_where_and_what_was_thrown) {
    const auto record = record_of(LogFormat::php, php_line);
    BOOST_TEST(name_of(record.level) == "error");
    BOOST_TEST(record.exception == "App\\Broken");
    BOOST_TEST(record.message == "Uncaught App\\Broken: no such user");
    BOOST_TEST(record.place.file == "/srv/app/x.php");
    BOOST_TEST(record.place.line == 12u);
    const auto warning = record_of(LogFormat::php, "PHP Warning:  Undefined variable $x in /srv/app/y.php on line 3");
    BOOST_TEST(name_of(warning.level) == "warning");
    BOOST_TEST(warning.message == "Undefined variable $x");
    BOOST_TEST(warning.place.line == 3u);
    BOOST_TEST(record_of(LogFormat::php, "PHP Fatal error:  Uncaught exception 'Broken' with message 'm' in /x.php:1")
                   .exception == "Broken");
    BOOST_TEST(read(LogFormat::php, "[28-Nov-2026 00:40:50] WARNING: [pool www] server reached pm.max_children") ==
               "warning|php-fpm|[pool www] server reached pm.max_children");
    BOOST_TEST(read(LogFormat::php, "[28-Nov-2026 00:40:50 UTC] PHP   1. {main}() /srv/app/x.php:0") == "-");
    BOOST_TEST(read(LogFormat::php, "#0 /srv/app/x.php(12): f()") == "-");
}

BOOST_AUTO_TEST_CASE(monologs_context_names_the_exception) {
    const auto record = record_of(LogFormat::monolog, monolog_line);
    BOOST_TEST(name_of(record.level) == "error");
    BOOST_TEST(record.logger == "app");
    BOOST_TEST(record.message == "no such user");
    BOOST_TEST(record.exception == "App\\Broken");
    BOOST_TEST(record.place.file == "/srv/app/x.php");
    BOOST_TEST(record.place.line == 12u);
    BOOST_TEST(read(LogFormat::monolog, "[2026-11-28 00:40:50] app.INFO: started [] []") == "info|app|started");
    BOOST_TEST(read(LogFormat::monolog, "[2026-11-28 00:40:50] no channel: x") == "-");
}

BOOST_AUTO_TEST_CASE(below_the_wanted_level_nothing_is_read) {
    LogRecord record;
    BOOST_TEST((read_head(LogFormat::python, "INFO:root:x", Level::error, record) == LineKind::below));
    BOOST_TEST((record == LogRecord{}));
}

BOOST_AUTO_TEST_CASE(formats_are_found_out) {
    BOOST_TEST(found(nginx_line) == "nginx");
    BOOST_TEST(found(apache_line) == "apache");
    BOOST_TEST(found(php_line) == "php");
    BOOST_TEST(found(monolog_line) == "monolog");
    BOOST_TEST(found("{\"level\":\"error\",\"msg\":\"x\"}") == "json");
    BOOST_TEST(found("2026-11-28 00:40:50,123 - m - ERROR - x") == "python");
    BOOST_TEST(found("00:40:50.123 [main] ERROR com.foo.Bar - x") == "log4j");
    BOOST_TEST(found("2026-11-28T00:40:50.123456+00:00 web-1 app[1]: ERROR x") == "syslog");
    BOOST_TEST(found("Nov 28 00:40:50 web-1 app[1]: ERROR x") == "syslog");
    BOOST_TEST(found("something else") == "plain");
}

BOOST_AUTO_TEST_CASE(once_a_format_was_found_other_lines_belong_to_its_records) {
    HeadReader reader(LogFormat::automatic, Level::debug);
    LogRecord record;
    BOOST_TEST((reader.read("x", record) == LineKind::head));
    BOOST_TEST((reader.read(nginx_line, record) == LineKind::head));
    BOOST_TEST((reader.read("x", record) == LineKind::other));
}

BOOST_AUTO_TEST_CASE(long_texts_are_cut) {
    const auto record = record_of(LogFormat::python, "ERROR:root:" + std::string(100'000, 'x'));
    BOOST_TEST(record.message.size() == message_bytes_max);
}

BOOST_AUTO_TEST_CASE(formats_have_words) {
    for (size_t i = 0; i < log_formats_count; ++i) {
        const auto format = static_cast<LogFormat>(i);
        BOOST_TEST((format_of_word(name_of(format)) == format));
    }
    BOOST_TEST(!format_of_word("log5j"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors
