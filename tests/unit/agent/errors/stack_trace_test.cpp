// Where it broke, by the traces of each language.
#include "agent/errors/stack_trace.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

namespace vigie::agent::errors {
namespace {

// "exception|file|line|function"
std::string look(std::string_view message, std::string_view stack) {
    LogRecord record;
    record.message = message;
    record.stack = stack;
    add_stack_details(record);
    return fmt::format("{}|{}|{}|{}", record.exception, record.place.file, record.place.line, record.place.function);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stack_trace)

BOOST_AUTO_TEST_CASE(each_language_says_where) {
    BOOST_TEST(
        look("m", "TypeError: x is undefined\n    at load (/srv/app/x.js:12:34)\n    at main (/srv/app/y.js:1:2)") ==
        "TypeError|/srv/app/x.js|12|load");
    BOOST_TEST(look("m", "    at /srv/app/x.js:12:34") == "|/srv/app/x.js|12|");
    BOOST_TEST(look("Exception in thread \"main\" java.lang.Error: m", "\tat a.B.c(B.java:5)") ==
               "java.lang.Error|B.java|5|a.B.c");
    BOOST_TEST(look("m", "#0 /srv/app/x.php(12): App\\Foo->load()") == "|/srv/app/x.php|12|App\\Foo->load");
    BOOST_TEST(look("panic: m", "goroutine 1 [running]:\nmain.load(0x1)\n\t/srv/app/x.go:12 +0x1d\nmain.main()") ==
               "|/srv/app/x.go|12|main.load");
}

BOOST_AUTO_TEST_CASE(what_the_line_itself_told_stays) {
    LogRecord record;
    record.place = {.file = "/a", .line = 1, .function = "f"};
    record.exception = "A";
    record.stack = "BError: x\n\tat c.D.e(D.java:5)";
    add_stack_details(record);
    BOOST_TEST(record.exception == "A");
    BOOST_TEST(record.place.file == "/a");
}

BOOST_AUTO_TEST_CASE(what_is_no_trace_says_nothing) {
    BOOST_TEST(look("m", "") == "||0|");
    BOOST_TEST(look("m", "\tat a.B.c(Native Method)\n  File \"\n#x\nat\n(:") == "||0|");
}

BOOST_AUTO_TEST_CASE(lines_of_traces_are_known) {
    for (const auto* line : {"  x", "\tat a.b(C.java:1)", "Caused by: x", "at a.b(C.java:1)", "#0 /x.php(1): f()"}) {
        BOOST_TEST(is_stack_line(line), line);
    }
    for (const auto* line : {"", "at noon", "#hash", "ValueError: x", "x"}) {
        BOOST_TEST(!is_stack_line(line), line);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors
