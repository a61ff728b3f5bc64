#include "agent/probes/post_main.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "agent/deadman/post_status.hpp"
#include "shared/os/files.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/webhook_receiver.hpp"

namespace vigie::agent {
namespace {

struct Poster {
    tests::TempFolder folder;
    SystemFiles files;

    int post(const std::string& url) {
        BOOST_REQUIRE(files.write_atomically(folder / "url", url + "\n", 0600).has_value());
        return post_main(
            {"--url-file=" + (folder / "url"), "--timeout=5s", "--header=Idempotency-Key: k", R"(--body={"a":1})"});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(post_main_verb, Poster)

BOOST_AUTO_TEST_CASE(a_body_arrives_as_json_with_its_headers) {
    const tests::WebhookReceiver receiver;
    BOOST_TEST(post(receiver.url()) == post_taken);
    const auto posts = receiver.posts();
    BOOST_REQUIRE(posts.size() == 1U);
    const auto got = nlohmann::json::parse(posts[0]);
    BOOST_TEST(got["body"]["a"].get<int>() == 1);
    BOOST_TEST(got["headers"]["idempotency-key"].get<std::string>() == "k");
    BOOST_TEST(got["headers"]["content-type"].get<std::string>() == "application/json");
}

BOOST_AUTO_TEST_CASE(a_refusal_and_nobody_there_are_failures) {
    const tests::WebhookReceiver receiver({"500"});
    BOOST_TEST(post(receiver.url()) == post_failed);
    BOOST_TEST(post("http://127.0.0.1:1/") == post_failed);
    BOOST_TEST(post("ftp://127.0.0.1/") == post_failed);
}

BOOST_AUTO_TEST_CASE(wrong_words_are_named) {
    const auto error = [](const std::vector<std::string>& words) { return read_post_words(words).error().message; };
    BOOST_TEST(error({"--url-file=x", "--timeout=5s"}) == "post: --body is missing");
    BOOST_TEST(error({"--url=x"}) == "post: unknown word '--url=x'");
    BOOST_TEST(error({"--body=x", "--body=y"}) == "post: --body stands there twice");
    BOOST_TEST(post_main({"--url-file=x", "--body=x", "--timeout=soon"}) == post_usage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
