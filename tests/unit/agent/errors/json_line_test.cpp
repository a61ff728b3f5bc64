// JSON lines of the libraries that write them.
#include "agent/errors/json_line.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

namespace vigie::agent::errors {
namespace {

std::string read(std::string_view line) {
    const auto record = parse_json_line(line);
    return record ? fmt::format("{}|{}|{}", name_of(record->level), record->logger, record->message) : "-";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_line)

BOOST_AUTO_TEST_CASE(levels_stand_as_words_and_numbers) {
    BOOST_TEST(read(R"({"level":"error","msg":"m"})") == "error||m");
    BOOST_TEST(read(R"({"level":50,"time":1,"name":"app","msg":"m"})") == "error|app|m");
    BOOST_TEST(read(R"({"message":"m","context":{},"level":400,"level_name":"ERROR","channel":"app"})") ==
               "error|app|m");
    BOOST_TEST(read(R"({"PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"m"})") == "error|sshd|m");
    BOOST_TEST(read(R"({"log.level":"WARN","message":"m","log.logger":"c.f.Bar"})") == "warning|c.f.Bar|m");
    BOOST_TEST(read(R"({"log":{"level":"WARN","logger":"c.f.Bar"},"message":"m"})") == "warning|c.f.Bar|m");
    BOOST_TEST(read(R"({"msg":"ERROR x"})") == "error||ERROR x");
    BOOST_TEST(read(R"({"msg":"x"})") == "info||x");
}

BOOST_AUTO_TEST_CASE(places_requests_and_stacks_are_found) {
    const auto record = parse_json_line(
        R"({"levelname":"ERROR","message":"m","pathname":"/a/b.py","lineno":12,"funcName":"f","exc_info":"Traceback\n x",)"
        R"("req":{"method":"GET","url":"/x","remoteAddress":"192.0.2.1"},"err":{"type":"TypeError"}})");
    BOOST_REQUIRE(record);
    BOOST_TEST((record->place == CodePlace{.file = "/a/b.py", .line = 12, .function = "f"}));
    BOOST_TEST((record->request == RequestFacts{.method = "GET", .url = "/x", .client = "192.0.2.1"}));
    BOOST_TEST(record->stack == "Traceback\n x");
    BOOST_TEST(record->exception == "TypeError");
}

BOOST_AUTO_TEST_CASE(a_name_further_down_is_another_field) {
    BOOST_TEST(read(R"({"a":{"b":{"msg":"no"}},"msg":"m"})") == "info||m");
    BOOST_TEST(read(R"({"list":[{"level":"error"}],"msg":"m"})") == "info||m");
}

BOOST_AUTO_TEST_CASE(a_message_of_several_lines_holds_its_stack) {
    const auto record = parse_json_line(R"j({"level":"error","msg":"m\n at f (x.js:1:2)"})j");
    BOOST_REQUIRE(record);
    BOOST_TEST(record->message == "m");
    BOOST_TEST(record->stack == " at f (x.js:1:2)");
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_refused) {
    for (const auto* line : {"", "{}", "{", "[1]", "text", R"({"a":1})", R"({"msg":"m"} more)", R"({"msg":"m")",
                             "{\"msg\":\"\xff\"}", R"({"msg":m})"}) {
        BOOST_TEST(read(line) == "-", line);
    }
}

BOOST_AUTO_TEST_CASE(depth_and_length_are_bounded) {
    BOOST_TEST(read(R"({"msg":"m","a":)" + std::string(30, '[') + std::string(30, ']') + "}") == "info||m");
    BOOST_TEST(read(R"({"msg":"m","a":)" + std::string(60'000, '[') + "}") == "-");
    BOOST_TEST(read(R"({"msg":")" + std::string(json_line_bytes_max, 'x') + "\"}") == "-");
    const auto record = parse_json_line(R"({"msg":")" + std::string(10'000, 'x') + "\"}");
    BOOST_REQUIRE(record);
    BOOST_TEST(record->message.size() == message_bytes_max);
    BOOST_TEST(record->is_cut);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors
