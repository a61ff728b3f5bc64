#include "agent/backup/cli_options.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent::backup;

BOOST_AUTO_TEST_SUITE(backup_cli_options)

BOOST_AUTO_TEST_CASE(reads_each_way_of_writing_an_option) {
    const auto options = parse_cli({"run", "--repo", "/r", "--password-file=/p", "-o", "json", "--tag", "a", "--tag=b",
                                    "--host", "h", "x", "--", "--y"})
                             .value();
    BOOST_TEST(options.verb == "run");
    BOOST_TEST(options.repository == "/r");
    BOOST_TEST(options.password_file == "/p");
    BOOST_TEST(options.is_json);
    BOOST_TEST(options.tags == (std::vector<std::string>{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(options.words == (std::vector<std::string>{"x", "--y"}), boost::test_tools::per_element());
    BOOST_TEST(parse_cli({"--help"})->wants_help);
}

BOOST_AUTO_TEST_CASE(reads_a_policy) {
    const auto options = parse_cli({"forget",
                                    "--repo",
                                    "/r",
                                    "--password-file",
                                    "/p",
                                    "--keep-daily",
                                    "14",
                                    "--keep-yearly=unlimited",
                                    "--keep-within",
                                    "36h",
                                    "--keep-tag",
                                    "a,b",
                                    "--keep-tag",
                                    "c",
                                    "--group-by",
                                    "",
                                    "--dry-run",
                                    "--prune",
                                    "--max-unused",
                                    "2.5%",
                                    "--host",
                                    "h"})
                             .value();
    BOOST_TEST(options.policy.daily == 14u);
    BOOST_TEST(options.policy.yearly == keep_unlimited);
    BOOST_TEST(options.policy.within.hours == 36);
    BOOST_TEST((options.policy.tags == std::vector<std::vector<std::string>>{{"a", "b"}, {"c"}}));
    BOOST_TEST(!options.grouping.by_host);
    BOOST_TEST(!options.grouping.by_paths);
    BOOST_TEST(options.is_dry_run);
    BOOST_TEST(options.prunes);
    BOOST_TEST(options.unused_ratio_max == 0.025);
}

BOOST_AUTO_TEST_CASE(reads_what_to_leave_out_and_what_to_take) {
    const auto run = parse_cli({"run", "--repo", "/r", "--password-file", "/p", "--exclude", "*.log",
                                "--exclude=!a.log", "--exclude-file", "/x", "--exclude-caches", "--one-file-system",
                                "--exclude-larger-than", "500M", "/srv"})
                         .value();
    BOOST_TEST(run.excludes.patterns == (std::vector<std::string>{"*.log", "!a.log"}),
               boost::test_tools::per_element());
    BOOST_TEST(run.excludes.files == std::vector<std::string>{"/x"}, boost::test_tools::per_element());
    BOOST_TEST(run.excludes_caches);
    BOOST_TEST(run.is_one_file_system);
    BOOST_TEST(run.excludes_larger_than->count == 500U << 20);
    const auto restore = parse_cli({"restore", "--repo", "/r", "--password-file", "/p", "--target", "/t", "--include",
                                    "*.conf", "--overwrite", "if-newer", "--no-sparse", "latest"})
                             .value();
    BOOST_TEST(restore.includes.patterns.size() == 1u);
    BOOST_TEST((restore.overwrite == OverwritePolicy::if_newer));
    BOOST_TEST(restore.is_dense);
    const auto verify =
        parse_cli({"verify", "--repo", "/r", "--password-file", "/p", "--read-data-subset", "2/7"}).value();
    BOOST_TEST(verify.packs.part == 2u);
    BOOST_TEST(verify.packs.parts == 7u);
}

BOOST_AUTO_TEST_CASE(refuses_with_a_reason) {
    const std::vector<std::vector<std::string>> bad{
        {},
        {"fly"},
        {"run", "--repo", "/r", "--password-file", "/p"},
        {"run", "--repo", "/r", "x"},
        {"list", "--repo", "/r", "--password-file", "/p", "x"},
        {"list", "--repo", "/r", "--password-file"},
        {"list", "--repo", "/r", "--password-file", "/p", "--colour", "red"},
        {"list", "--repo", "/r", "--password-file", "/p", "-o", "xml"},
        {"restore", "--repo", "/r", "--password-file", "/p", "latest"},
        {"verify", "--repo", "/r", "--password-file", "/p", "--target", "/t"},
        {"run", "--repo", "/r", "--password-file", "/p", "--read-data", "x"},
        // A script's variable that is not set.
        {"run", "--repo", "/r", "--password-file", "/p", ""},
        {"restore", "--repo", "/r", "--password-file", "/p", "--target", "/t", "latest", ""},
        {"restore", "--repo", "/r", "--password-file", "/p", "--target", "", "latest"},
        {"list", "--repo", "/r", "--password-file", "/p", "--host="},
        {"list", "--repo", "/r", "--password-file", "/p", "--tag", ""},
        // A selection that would select nothing.
        {"verify", "--repo", "/r", "--password-file", "/p", "--host", "h"},
        {"init", "--repo", "/r", "--password-file", "/p", "--tag", "t"},
        {"restore", "--repo", "/r", "--password-file", "/p", "--target", "/t", "--host", "h", "a9b8a870"},
        // What removes must be meant.
        {"forget", "--repo", "/r", "--password-file", "/p", "--keep-last", "-1"},
        {"forget", "--repo", "/r", "--password-file", "/p", "--keep-last", "1", "a9b8a870"},
        {"forget", "--repo", "/r", "--password-file", "/p", "--keep-within", "5"},
        {"forget", "--repo", "/r", "--password-file", "/p", "--keep-tag", "a,"},
        {"prune", "--repo", "/r", "--password-file", "/p", "--max-unused", "5"},
        {"prune", "--repo", "/r", "--password-file", "/p", "--max-unused", "101%"},
        {"prune", "--repo", "/r", "--password-file", "/p", "--dry-run=no"},
        {"run", "--repo", "/r", "--password-file", "/p", "--dry-run", "x"},
        {"run", "--repo", "/r", "--password-file", "/p", "--exclude", "[a", "x"},
        {"run", "--repo", "/r", "--password-file", "/p", "--exclude-larger-than", "big", "x"},
        {"run", "--repo", "/r", "--password-file", "/p", "--include", "a", "x"},
        {"restore", "--repo", "/r", "--password-file", "/p", "--target", "/t", "--overwrite", "maybe", "latest"},
        {"verify", "--repo", "/r", "--password-file", "/p", "--read-data-subset", "8/7"},
        {"keys", "--repo", "/r", "--password-file", "/p", "burn"},
        {"keys", "--repo", "/r", "--password-file", "/p", "remove"},
        {"keys", "--repo", "/r", "--password-file", "/p", "add"},
        {"keys", "--repo", "/r", "--password-file", "/p", "list", "--new-password-file", "/n"}};
    for (const auto& args : bad) {
        const auto options = parse_cli(args);
        BOOST_TEST(!options.has_value(), (args.empty() ? "(nothing)" : args.back()));
    }
    BOOST_TEST(parse_cli(bad[6]).error().message.find("--colour") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
