#include "agent/checks/kinds.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace vigie;
using namespace vigie::agent;

namespace {
std::string problem(const std::vector<std::string>& words) {
    const auto read = read_probe_words(words);
    return read ? "read" : read.error().message;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(kinds)

BOOST_AUTO_TEST_CASE(each_has_a_name_of_its_own_and_settings_of_other_names_than_every_check_has) {
    const std::set<std::string_view> common{"name",           "kind",         "category", "interval",
                                            "retry_interval", "max_attempts", "labels",   "timeout"};
    std::set<std::string_view> names;
    for (const auto& kind : check_kinds()) {
        BOOST_TEST(names.insert(kind.name).second, kind.name << " stands twice");
        BOOST_TEST(!kind.category.empty());
        std::set<std::string_view> settings;
        for (const auto& rule : kind.settings) {
            BOOST_TEST(settings.insert(rule.name).second, kind.name << ": " << rule.name << " stands twice");
            BOOST_TEST(!common.contains(rule.name), kind.name << ": " << rule.name);
        }
    }
    BOOST_TEST(names.size() == 13u);
    BOOST_TEST((find_kind("telnet") == nullptr));
}

BOOST_AUTO_TEST_CASE(what_the_worker_is_given_it_reads_back) {
    Check check;
    check.kind = "https";
    check.timeout = 2500ms;
    check.settings = {{"url", {"https://web.example.org/?a=b c"}}, {"status", {"200", "3xx"}}, {"verify", {"false"}}};
    check.settings["url"] = {"https://web.example.org/?a=b"};
    const auto words = worker_words(check);
    BOOST_TEST(words == (std::vector<std::string>{"check", "https", "--timeout=2s500ms", "--status=200", "--status=3xx",
                                                  "--url=https://web.example.org/?a=b", "--verify=false"}),
               boost::test_tools::per_element());
    const auto read = read_probe_words(std::span(words).subspan(1));
    BOOST_REQUIRE_MESSAGE(read, read.error().message);
    BOOST_TEST(read->kind->name == "https");
    BOOST_TEST((read->timeout == 2500ms));
    BOOST_TEST((read->settings == check.settings));
}

BOOST_AUTO_TEST_CASE(a_command_becomes_the_workers_command) {
    Check check;
    check.kind = "command";
    check.settings = {{"command", {"/usr/lib/nagios/plugins/check_disk", "-w", "10%"}}};
    BOOST_TEST(worker_words(check) ==
                   (std::vector<std::string>{"command", "--", "/usr/lib/nagios/plugins/check_disk", "-w", "10%"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(words_that_make_no_sense_are_named) {
    BOOST_TEST(problem({}).starts_with("check: name a kind: tcp, http"));
    BOOST_TEST(problem({"command"}).starts_with("check: name a kind"));
    BOOST_TEST(problem({"tcp", "--prot=1"}) == "check tcp: unknown option --prot, did you mean --port?");
    BOOST_TEST(problem({"tcp", "--port"}) == "check tcp: write --port=VALUE");
    BOOST_TEST(problem({"tcp", "port=1"}) == "check tcp: 'port=1' is no option: write --SETTING=VALUE");
    BOOST_TEST(problem({"tcp", "--port=1", "--port=2"}) == "check tcp: --port is given too often");
    BOOST_TEST(problem({"tcp", "--port=0"}) == "check tcp: --port: must be a port from 1 to 65535");
    BOOST_TEST(problem({"tcp", "--port="}) == "check tcp: --port: must not be empty");
    BOOST_TEST(problem({"tcp"}) == "check tcp: --port is missing");
    BOOST_TEST(problem({"tcp", "--port=1", "--timeout=0s"}) == "check: --timeout must be above zero");
    BOOST_TEST(problem({"process"}) == "check process: --process: name a 'process' or a 'regex', one of the two");
}

BOOST_AUTO_TEST_SUITE_END()
