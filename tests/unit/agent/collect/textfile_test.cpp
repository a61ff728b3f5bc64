// Text files of others: one bad line costs that line alone.
#include "agent/collect/textfile.hpp"

#include <sys/stat.h>

#include <cmath>

#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

namespace {

std::string key_of(const std::string& line) {
    const auto reading = parse_textfile(line, "x.prom");
    return reading.series.size() == 1 ? reading.series[0].key : reading.errors.empty() ? "" : reading.errors[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(textfile_parser)

BOOST_AUTO_TEST_CASE(a_key_has_sorted_labels_without_empty_ones) {
    BOOST_TEST(key_of("a 1") == "a");
    BOOST_TEST(key_of("  a:b_c{} 1  ") == "a:b_c");
    BOOST_TEST(key_of("a{z=\"1\",b=\"2\"} 1") == "a{b=\"2\",z=\"1\"}");
    BOOST_TEST(key_of("a {\tb = \"2\" , } 1") == "a{b=\"2\"}");
    BOOST_TEST(key_of("a{b=\"\"} 1") == "a");
    BOOST_TEST(key_of("a{b=\"}{,=\\\"\\\\\\n\"} 1") == "a{b=\"}{,=\\\"\\\\\\n\"}");
    BOOST_TEST(key_of("# TYPE a gauge").empty());
}

BOOST_AUTO_TEST_CASE(values_are_numbers_of_any_form) {
    const auto value = [](const char* text) {
        return parse_textfile(fmt::format("a {}\n", text), "x").series.at(0).value;
    };
    BOOST_TEST(value("-0.5") == -0.5);
    BOOST_TEST(value("1.7e9") == 1.7e9);
    BOOST_TEST(value("+5") == 5);
    BOOST_TEST(std::isinf(value("+Inf")));
    BOOST_TEST(value("-Inf") < 0);
    BOOST_TEST(std::isnan(value("NaN")));
}

BOOST_AUTO_TEST_CASE(one_bad_value_in_a_file_of_fifty_leaves_49_and_names_file_and_line) {
    std::string text;
    for (int i = 1; i <= 50; ++i) {
        text += i == 17 ? "probe_seconds{n=\"17\"} 0.2s)\n" : fmt::format("probe_seconds{{n=\"{}\"}} {}\n", i, i);
    }
    const auto reading = parse_textfile(text, "probe.prom");
    BOOST_TEST(reading.series.size() == 49u);
    BOOST_TEST((reading.errors == std::vector<std::string>{"probe.prom:17: '0.2s)' is no number"}));
}

BOOST_AUTO_TEST_CASE(a_duplicate_series_counts_once_and_names_file_and_line) {
    const auto reading = parse_textfile("a{x=\"1\",y=\"2\"} 1\nb 2\na{y=\"2\",x=\"1\"} 3\n", "d.prom");
    BOOST_TEST((reading.series == std::vector<TextfileSeries>{{"a{x=\"1\",y=\"2\"}", 1}, {"b", 2}}));
    BOOST_TEST((reading.errors == std::vector<std::string>{"d.prom:3: a{x=\"1\",y=\"2\"} stands there twice"}));
}

BOOST_AUTO_TEST_CASE(each_kind_of_malformed_line_is_told) {
    for (const auto* bad :
         {"1a 5", "a", "a{", "a{b} 1", "a{b=1} 1", "a{b=\"1} 1", "a{b=\"\\x\"} 1", "a{b=\"1\" c=\"2\"} 1",
          "a{b=\"1\",b=\"2\"} 1", "a 1 1700000000000", "a{b:c=\"1\"} 1", "{} 1", "a 0x10", "a{b=\"\xff\"} 1"}) {
        BOOST_TEST(key_of(bad).starts_with("x.prom:1: "), bad);
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_garbage_does_not_flood) {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += "!\n";
    }
    const auto reading = parse_textfile(text, "g.prom");
    BOOST_TEST(reading.errors.size() == textfile_errors_max + 1);
    BOOST_TEST(reading.errors.back() == "g.prom: 990 more bad lines");
}

BOOST_AUTO_TEST_CASE(values_of_the_same_series_are_taken_without_parsing_keys) {
    auto series = parse_textfile("a 1\na{x=\"1 2\"} 2\nab 3\n", "x.prom").series;
    BOOST_TEST(take_values("# TYPE a gauge\n\n  a\t-4\r\na{x=\"1 2\"}  +Inf \nab 6", series));
    BOOST_TEST((series == std::vector<TextfileSeries>{{"a", -4}, {"a{x=\"1 2\"}", INFINITY}, {"ab", 6}}));
}

// Whatever the short way can't be sure of is left to the parser.
BOOST_AUTO_TEST_CASE(a_text_with_other_series_or_anything_unusual_must_be_parsed) {
    const auto series = parse_textfile("a 1\nb{x=\"1\"} 2\n", "x.prom").series;
    for (const auto* other : {"a 1\n", "a 1\nb{x=\"1\"} 2\nc 3\n", "b{x=\"1\"} 2\na 1\n", "aa 1\nb{x=\"1\"} 2\n",
                              "a 1\nb{x=\"2\"} 2\n", "a 1 1700000000000\nb{x=\"1\"} 2\n", "a one\nb{x=\"1\"} 2\n",
                              "a\nb{x=\"1\"} 2\n", "a{} 1\nb{x=\"1\"} 2\n", ""}) {
        auto copy = series;
        BOOST_TEST(!take_values(other, copy), other);
    }
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct TextTree : Tree {
    TextTree() { options.textfile_directory = folder / "text"; }
    SeriesMap read() { return by_key(set_->collect(clock.wall()).batch); }
    void start() { set_ = open(); }
    std::string own(const SeriesMap& series) const { return lines_of(series, "own"); }

  private:
    std::unique_ptr<CollectorSet> set_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(textfile, TextTree)

BOOST_AUTO_TEST_CASE(files_are_read_when_they_change_and_forgotten_when_they_go) {
    put("text/a.prom", "own_a 1\n");
    put("text/b.txt", "own_b 1\n");
    start();
    auto series = read();
    BOOST_TEST(own(series) == "own_a 1\n");
    BOOST_TEST(series.at("node_textfile_scrape_error") == 0);
    BOOST_TEST(series.contains(fmt::format("node_textfile_mtime_seconds{{file=\"{}/a.prom\"}}", folder / "text")));
    put("text/a.prom", "own_a 22\n");
    put("text/c.prom", "own_c 3\n");
    BOOST_TEST(own(read()) == "own_a 22\nown_c 3\n");
    remove("text/a.prom");
    BOOST_TEST(own(read()) == "own_c 3\n");
    remove("text");
    series = read();
    BOOST_TEST(own(series).empty());
    BOOST_TEST(series.at("node_textfile_scrape_error") == 1);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_again_and_again_has_its_newest_values) {
    put("text/a.prom", "own_a 1\nown_b 1\n");
    put("text/b.prom", "own_c 1\n");
    start();
    read();
    put("text/a.prom", "own_a 22\nown_b 333\n");
    BOOST_TEST(own(read()) == "own_a 22\nown_b 333\nown_c 1\n");
    put("text/a.prom", "own_a 4444\nown_b xx\n");
    auto series = read();
    BOOST_TEST(own(series) == "own_a 4444\nown_c 1\n");
    BOOST_TEST(series.at("node_textfile_scrape_error") == 1);
    put("text/b.prom", "own_a 5\nown_c 55555\n");
    BOOST_TEST(own(read()) == "own_a 4444\nown_c 55555\n");
    put("text/a.prom", "own_b 666666\n");
    put("text/b.prom", "own_c 7777777\n");
    series = read();
    BOOST_TEST(own(series) == "own_b 666666\nown_c 7777777\n");
    BOOST_TEST(series.at("node_textfile_scrape_error") == 0);
}

BOOST_AUTO_TEST_CASE(a_bad_file_has_no_time_but_its_good_lines) {
    put("text/bad.prom", "own_a 1\nown_b x\n");
    put("text/good.prom", "own_c 1\n");
    start();
    const auto series = read();
    BOOST_TEST(own(series) == "own_a 1\nown_c 1\n");
    BOOST_TEST(series.at("node_textfile_scrape_error") == 1);
    BOOST_TEST(lines_of(series, "node_textfile_mtime").find("bad.prom") == std::string::npos);
    BOOST_TEST(series.at("node_scrape_collector_success{collector=\"textfile\"}") == 1);
}

BOOST_AUTO_TEST_CASE(a_series_of_the_host_or_of_another_file_is_not_repeated) {
    put("text/a.prom", "node_load1 99\nnode_textfile_scrape_error 5\nown_a 1\nnode_load 7\n");
    put("text/b.prom", "own_a 2\nown_b 2\n");
    start();
    const auto series = read();  // by_key fails on a series that stands there twice
    BOOST_TEST(series.at("node_load1") == 1);
    BOOST_TEST(series.at("node_load") == 7);
    BOOST_TEST(own(series) == "own_a 1\nown_b 2\n");
    BOOST_TEST(series.at("node_textfile_scrape_error") == 1);
}

BOOST_AUTO_TEST_CASE(a_series_that_the_host_gets_later_makes_way) {
    put("text/a.prom", "node_vmstat_pgpgin 7\n");
    start();
    BOOST_TEST(read().at("node_vmstat_pgpgin") == 7);
    put("proc/vmstat", "pgpgin 1\n");
    BOOST_TEST(read().at("node_vmstat_pgpgin") == 1);
}

BOOST_AUTO_TEST_CASE(a_named_pipe_does_not_hold_the_agent_up) {
    put("text/a.prom", "own_a 1\n");
    BOOST_REQUIRE(mkfifo((folder / "text/pipe.prom").c_str(), 0600) == 0);
    start();
    const auto series = read();
    BOOST_TEST(own(series) == "own_a 1\n");
    BOOST_TEST(series.at("node_textfile_scrape_error") == 1);
}

// Label explosion: a script that makes a series for each request must not push the host's own series out of the batch.
BOOST_AUTO_TEST_CASE(more_series_than_there_may_be_are_left_out) {
    std::string text;
    for (size_t i = 0; i < textfile_series_max + 5; ++i) {
        text += fmt::format("own{{i=\"{}\"}} 1\n", i);
    }
    put("text/many.prom", text);
    start();
    const auto series = read();
    const auto count =
        std::count_if(series.begin(), series.end(), [](const auto& one) { return one.first.starts_with("own"); });
    BOOST_TEST(static_cast<size_t>(count) == textfile_series_max);
    BOOST_TEST(series.at("node_textfile_scrape_error") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
