#include "tests/unit/controller/app/world.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct AskedSeries : World {
    AskedSeries() {
        for (const auto* host : {"db-1", "web-1", "web-2"}) {
            connect(AgentId{host});
        }
        const std::string schema =
            "node_load1\nnode_memory_MemAvailable_bytes\nnode_memory_MemTotal_bytes\n"
            "node_filesystem_avail_bytes{fstype=\"ext4\",mountpoint=\"/"
            "\"}\nnode_filesystem_free_bytes{fstype=\"ext4\",mountpoint=\"/"
            "\"}\nnode_filesystem_size_bytes{fstype=\"ext4\",mountpoint=\"/\"}\n"
            "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"}\nnode_cpu_seconds_total{cpu=\"1\",mode=\"idle\"}\n";
        report(AgentId{"web-1"}, 1, schema, {0.5, 25, 100, 40, 50, 100, 0, 0});
        report(AgentId{"web-2"}, 1, schema, {2, 75, 100, 90, 90, 100, 0, 0});
        clock.advance(60s);
        // In a minute web-1's two processors did nothing for 60 and 30 s, web-2's for 30 s each. They began at 0 and
        // the range has two minutes, of which a rate makes half as much.
        report(AgentId{"web-1"}, 2, schema, {0.5, 25, 100, 40, 50, 100, 60, 30});
        report(AgentId{"web-2"}, 2, schema, {2, 75, 100, 90, 90, 100, 30, 30});
    }
    // The pool answers: the loop runs until it has.
    Result<Json> ask_pool(std::string_view verb, const Json& arguments = Json::object()) {
        std::string answer;
        desk.take(PeerCredentials{.pid = 1, .uid = 4711, .gid = 4711},
                  Json{{"verb", verb}, {"arguments", arguments}}.dump(), [this, &answer](std::string line) {
                      answer = std::move(line);
                      loop->stop();
                  });
        loop->run();
        return decode_answer(answer);
    }
    std::string order(const std::string& sort) {
        std::string hosts;
        const auto answer = ask_pool("top", {{"sort", sort}}).value();
        for (const auto& row : answer) {
            hosts += row["host"].get<std::string>() + " ";
        }
        return hosts;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_series, AskedSeries)

BOOST_AUTO_TEST_CASE(top_has_a_row_for_each_host) {
    const auto rows = ask_pool("top").value();
    BOOST_REQUIRE(rows.size() == 3u);
    const auto& first = rows[0];
    BOOST_TEST(first["host"] == "web-2");
    BOOST_TEST(first["state"] == "up");
    BOOST_TEST(first["cpu_percent"].get<double>() == 75, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(first["memory_percent"].get<double>() == 25, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(first["disk_percent"].get<double>() == 10, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(first["load1"] == 2);
    BOOST_TEST(first["cpus"] == 2);
    BOOST_TEST(rows[1]["cpu_percent"].get<double>() == 62.5, boost::test_tools::tolerance(1e-9));
    // Of 100, 50 are used and 10 are root's: as df, of 90.
    BOOST_TEST(rows[1]["disk_percent"].get<double>() == 500.0 / 9, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(rows[2]["host"] == "db-1");
    BOOST_TEST(rows[2]["cpu_percent"].is_null());
}

BOOST_AUTO_TEST_CASE(top_sorts_by_what_is_asked_for_with_the_unknown_last) {
    BOOST_TEST(order("cpu") == "web-2 web-1 db-1 ");
    BOOST_TEST(order("memory") == "web-1 web-2 db-1 ");
    BOOST_TEST(order("disk") == "web-1 web-2 db-1 ");
    BOOST_TEST(order("load") == "web-2 web-1 db-1 ");
    BOOST_TEST(order("host") == "db-1 web-1 web-2 ");
    BOOST_TEST(ask_pool("top", {{"sort", "cats"}}).error().message.find("cpu, memory, disk, load or host") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(series_are_found_by_a_selector) {
    const auto found = ask_pool("series.find", {{"selector", "{__name__=\"node_load1\"}"}}).value();
    BOOST_REQUIRE(found["series"].size() == 2u);
    BOOST_TEST(found["series"][0].dump() == R"({"__name__":"node_load1","instance":"web-1","job":"node"})");
    BOOST_TEST(found["series_total"] == 2);
    BOOST_TEST(found["names_total"] == 1);
    BOOST_TEST(found["is_cut"] == false);
    BOOST_TEST(ask_pool("series.find", {{"selector", "{a=\"none\"}"}}).value()["series"].empty());
}

BOOST_AUTO_TEST_CASE(without_a_selector_names_are_counted) {
    const auto found = ask_pool("series.find").value();
    BOOST_TEST(found["names"].size() == 7u);
    BOOST_TEST(found["names"][0].dump() == R"({"name":"node_cpu_seconds_total","series":4})");
    BOOST_TEST(found["series_total"] == 16);
}

BOOST_AUTO_TEST_CASE(what_is_cut_says_so_and_still_counts_all) {
    const auto found = ask_pool("series.find", {{"selector", "{instance=\"web-1\"}"}, {"limit", 3}}).value();
    BOOST_TEST(found["series"].size() == 3u);
    BOOST_TEST(found["series_total"] == 8);
    BOOST_TEST(found["is_cut"] == true);
    BOOST_TEST(ask_pool("series.find", {{"limit", 1}}).value()["is_cut"] == true);
}

BOOST_AUTO_TEST_CASE(wrong_questions_are_told) {
    BOOST_TEST(ask_pool("series.find", {{"selector", "{"}}).error().message.find("parse error") != std::string::npos);
    BOOST_TEST(ask_pool("series.find", {{"selector", "{a=\"\"}"}}).error().message.find("does not match") !=
               std::string::npos);
    BOOST_TEST(ask_pool("series.find", {{"limit", 0}}).error().message.find("from 1 to 50000") != std::string::npos);
    BOOST_TEST(ask_pool("series.find", {{"selector", 1}}).error().message.find("must be text") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
