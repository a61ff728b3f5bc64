#include "controller/notify/channels/encodings.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/notify/channels/answer_body.hpp"

namespace vigie::controller::notify {
namespace {

BOOST_AUTO_TEST_SUITE(encodings)

// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(base64_is_that_of_the_standards_vectors) {
    BOOST_TEST(base64("") == "");
    BOOST_TEST(base64("f") == "Zg==");
    BOOST_TEST(base64("fo") == "Zm8=");
    BOOST_TEST(base64("foobar") == "Zm9vYmFy");
}

BOOST_AUTO_TEST_CASE(lower_case_is_ascii_only) {
    BOOST_TEST(lower("Reply-TO Z[ É") == "reply-to z[ É");
}

BOOST_AUTO_TEST_CASE(a_path_segment_holds_no_slash) {
    BOOST_TEST(percent_encoded("!a:b/c~é") == "%21a%3Ab%2Fc~%C3%A9");
}

// Unicode 15, table 3-7: well-formed UTF-8 byte sequences.
BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_replaced) {
    const std::string bad = "\xEF\xBF\xBD";
    BOOST_TEST(valid_utf8("aé€😀") == "aé€😀");
    BOOST_TEST(valid_utf8("\xC0\xAF") == bad + bad);            // overlong
    BOOST_TEST(valid_utf8("\xED\xA0\x80") == bad + bad + bad);  // a surrogate
    BOOST_TEST(valid_utf8("\xF5\x80") == bad + bad);
    BOOST_TEST(valid_utf8("x\xE2\x82") == "x" + bad + bad);  // cut off
}

BOOST_AUTO_TEST_CASE(texts_are_cut_between_characters) {
    BOOST_TEST(shortened("éée", 3) == "éée");
    BOOST_TEST(shortened("éééé", 3) == "éé…");
    BOOST_TEST(shortened_to_bytes("éééé", 8) == "éééé");
    BOOST_TEST(shortened_to_bytes("éééé", 7) == "éé…");
    BOOST_TEST(shortened_to_bytes("éééé", 6) == "é…");  // 3 of "…" leave 3: one whole é
}

BOOST_AUTO_TEST_CASE(each_markup_has_its_own_escapes) {
    BOOST_TEST(escape_html("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    BOOST_TEST(escape_slack("<!channel> & \"x\"") == "&lt;!channel&gt; &amp; \"x\"");
    BOOST_TEST(escape_discord("a_b*c") == "a\\_b\\*c");
    BOOST_TEST(escape_discord("https://a/b_c") == "https://a/b_c");
    BOOST_TEST(escape_discord("https://a/ b_c") == "https://a/ b\\_c");
    BOOST_TEST(escape_markdown_v2("1.5 (a-b)") == "1\\.5 \\(a\\-b\\)");
    BOOST_TEST(escape_markdown_v1("a_b.c") == "a\\_b.c");
    BOOST_TEST(one_line("a\r\nB: c") == "a  B: c");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(answer_body)

BOOST_AUTO_TEST_CASE(tells_how_long_to_wait) {
    BOOST_TEST((parse_answer_body(R"({"message":"You are being rate limited.","retry_after":1.337,"global":false})")
                    .retry_after == 1'337ms));
    BOOST_TEST((parse_answer_body(R"({"ok":false,"error_code":429,"parameters":{"retry_after":35}})").retry_after ==
                milliseconds(35s)));
    BOOST_TEST(
        (parse_answer_body(R"({"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2000})").retry_after == milliseconds(2s)));
    BOOST_TEST((parse_answer_body(R"({"retry_after":1e300})").retry_after == milliseconds(24h)));
    for (const auto* body : {"", "[1]", "{\"retry_after\":\"x\"}", "{\"retry_after\":-1}", "{"}) {
        BOOST_TEST(!parse_answer_body(body).retry_after.has_value(), body);
    }
}

BOOST_AUTO_TEST_CASE(slacks_refusal_has_status_200) {
    Answer answer;
    answer.status = 200;
    note_answer_body(R"({"ok":false,"error":"channel_not_found"})", answer);
    BOOST_TEST((meaning_of(answer) == Meaning::given_up));
    BOOST_TEST(problem_of(answer) == "refused: channel_not_found");
    Answer taken;
    taken.status = 200;
    note_answer_body("ok", taken);
    BOOST_TEST((meaning_of(taken) == Meaning::delivered));
    BOOST_TEST(parse_answer_body(R"({"ok":false,"error":"\u001b[31m evil"})").refusal == "no code");
}

BOOST_AUTO_TEST_CASE(slack_says_in_words_or_json_what_it_did_not_take) {
    const auto noted = [](std::string_view body, int status = 200) {
        Answer answer;
        answer.status = status;
        note_slack_answer(body, answer);
        return answer;
    };
    for (const auto* fine : {"ok", "ok\n", "", "{\"ok\":true}", "<p>no_service</p>", "thanks"}) {
        BOOST_TEST((meaning_of(noted(fine)) == Meaning::delivered), fine);
    }
    for (const auto* refused : {"no_service", "no_service\n", R"({"ok":false,"error":"no_service"})"}) {
        BOOST_TEST((meaning_of(noted(refused)) == Meaning::given_up), refused);
        BOOST_TEST(problem_of(noted(refused)) == "refused: no_service");
    }
    for (const auto* code :
         {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}) {
        for (const auto& body : {std::string(code), fmt::format(R"({{"ok":false,"error":"{}"}})", code)}) {
            BOOST_TEST((meaning_of(noted(body)) == Meaning::retry), body);
            BOOST_TEST(problem_of(noted(body)) == fmt::format("answered HTTP 200 with {}", code));
        }
    }
    BOOST_TEST(noted("no_service", 404).status == 404);
    BOOST_TEST(noted("internal_error", 500).status == 500);
}

BOOST_AUTO_TEST_CASE(smtp_and_http_mean_different_things_by_4xx) {
    const auto meaning = [](int status, bool is_mail) {
        Answer answer;
        answer.status = status;
        answer.is_mail = is_mail;
        return meaning_of(answer);
    };
    BOOST_TEST((meaning(250, true) == Meaning::delivered));
    BOOST_TEST((meaning(451, true) == Meaning::retry));
    BOOST_TEST((meaning(550, true) == Meaning::given_up));
    BOOST_TEST((meaning(0, true) == Meaning::retry));
    BOOST_TEST((meaning(404, false) == Meaning::given_up));
    BOOST_TEST((meaning(429, false) == Meaning::retry));
    BOOST_TEST((meaning(503, false) == Meaning::retry));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
