// Answers whole, in pieces, and broken.
#include "agent/scrape/http_response.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

// The body, or the error; fed in pieces of so many bytes.
std::string read(std::string_view text, size_t piece = 1, Bytes body_max = 100_B) {
    HttpResponse response(body_max);
    while (!text.empty()) {
        const auto taken = response.take(text.substr(0, piece));
        if (!taken) {
            return "error: " + taken.error().message;
        }
        if (*taken) {
            return response.content_type() + "|" + response.body();
        }
        text.remove_prefix(std::min(piece, text.size()));
    }
    const auto ended = response.end();
    return ended ? response.content_type() + "|" + response.body() : "error: " + ended.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_response)

BOOST_AUTO_TEST_CASE(a_body_comes_by_length_by_chunks_or_up_to_the_end) {
    for (const size_t piece : {1, 7, 1000}) {
        BOOST_TEST(read("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX: y\r\nContent-Length: 4\r\n\r\na 1\nmore",
                        piece) == "text/plain|a 1\n");
        BOOST_TEST(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCONTENT-TYPE: a/b; c=d\r\n\r\n"
                        "2\r\na \r\n3;x=y\r\n1\nb\r\n0\r\n\r\n",
                        piece) == "a/b; c=d|a 1\nb");
        BOOST_TEST(read("HTTP/1.0 200 OK\r\n\r\na 1\n", piece) == "|a 1\n");
    }
    BOOST_TEST(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == "|");
}

BOOST_AUTO_TEST_CASE(what_is_not_200_is_refused) {
    BOOST_TEST(read("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") == "error: answered 404 instead of 200");
    BOOST_TEST(read("HTTP/1.1 302 Found\r\nLocation: http://other/\r\n\r\n") ==
               "error: answered 302: redirections are not followed, name the right URL");
    BOOST_TEST(read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
                   .starts_with("error: answered 101"));
    BOOST_TEST(read("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx").find("compressed") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(bodies_and_headers_are_bounded) {
    BOOST_TEST(read("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n") == "error: the answer has more than 100 B");
    BOOST_TEST(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x')) == "error: the answer has more than 100 B");
    BOOST_TEST(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'), 1000) ==
               "error: the answer has more than 100 B");
    BOOST_TEST(
        read("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'), 1000).starts_with("error: what was answered"));
    BOOST_TEST(
        read("HTTP/1.1 200 OK\r\nContent-Type: " + std::string(2'000, 'x') + "\r\nContent-Length: 1\r\n\r\nx", 10'000)
            .ends_with("|x"));
}

BOOST_AUTO_TEST_CASE(half_an_answer_and_what_is_no_answer_are_errors) {
    for (const auto* half : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na 1"}) {
        BOOST_TEST(read(half).starts_with("error: "), half);
    }
    BOOST_TEST(read("SSH-2.0-OpenSSH\r\n").starts_with("error: what was answered is not HTTP"));
    BOOST_TEST(read("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na 1\n\r\n0\r\n\r\n")
                   .starts_with("error: "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
