// Patterns as Go's path.Match and restic's documentation ("Excluding files") describe them.
#include "agent/backup/path_pattern.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent::backup;

namespace {

bool matches(std::string_view pattern, std::string_view path) {
    return PathPattern::parse(pattern).value().matches(path);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_path_pattern)

BOOST_AUTO_TEST_CASE(a_part_is_matched_as_go_s_path_match_does) {
    for (const auto& [pattern, name] : std::vector<std::pair<std::string_view, std::string_view>>{
             {"abc", "abc"},
             {"*", "abc"},
             {"*c", "abc"},
             {"a*", "a"},
             {"a*b*c*d*e*x", "axbxcxdxexxxxfffx"},
             {"a?c", "abc"},
             {"a?c",
              "a\xc3\xa9"
              "c"},
             {"ab[c]", "abc"},
             {"ab[b-d]", "abc"},
             {"ab[^e-g]", "abc"},
             {"a[^a]b",
              "a\xe2\x98\xba"
              "b"},
             {"[a-\xce\xb6]*", "\xce\xb1"},
             {"a\\*b", "a*b"},
             {"[\\]a]", "]"},
             {"[\\-]", "-"},
             {"[x\\-]", "x"},
             {"*\xff", "a\xff"},
         }) {
        BOOST_TEST(matches_part(pattern, name), pattern << " " << name);
    }
    for (const auto& [pattern, name] : std::vector<std::pair<std::string_view, std::string_view>>{
             {"abc", "ab"},
             {"a*", "ba"},
             {"a*b*c*d*e*x", "axbxcxdxexxxxfff"},
             {"a?c", "ac"},
             {"a??c",
              "a\xc3\xa9"
              "c"},
             {"ab[e-g]", "abc"},
             {"ab[^b-d]", "abc"},
             {"a\\*b", "ab"},
             {"", "a"},
         }) {
        BOOST_TEST(!matches_part(pattern, name), pattern << " " << name);
    }
}

BOOST_AUTO_TEST_CASE(a_relative_pattern_fits_anywhere_and_takes_what_lies_below) {
    BOOST_TEST(matches("*.go", "/foo/bar/test.go"));
    BOOST_TEST(matches("*.go", "/foo/test.go/below"));
    BOOST_TEST(matches("bar/*.go", "/foo/bar/test.go"));
    BOOST_TEST(matches("bar", "/foo/bar/baz"));
    BOOST_TEST(!matches("bar/*.go", "/foo/bar/deep/test.go"));
    BOOST_TEST(!matches("ba", "/foo/bar"));
    BOOST_TEST(matches("cache/", "/var/cache/x"));
}

BOOST_AUTO_TEST_CASE(a_rooted_pattern_fits_from_the_root_only) {
    BOOST_TEST(matches("/foo", "/foo/bar"));
    BOOST_TEST(!matches("/bar", "/foo/bar"));
    BOOST_TEST(matches("/home/*/.cache", "/home/anna/.cache/x"));
    BOOST_TEST(!matches("/home/*/.cache", "/home/anna/sub/.cache"));
    BOOST_TEST(matches("/", "/foo"));
}

BOOST_AUTO_TEST_CASE(two_stars_are_any_number_of_parts) {
    BOOST_TEST(matches("foo/**/bar/*.go", "/home/user/foo/x/y/bar/main.go"));
    BOOST_TEST(matches("foo/**/bar/*.go", "/home/user/foo/bar/main.go"));
    BOOST_TEST(!matches("foo/**/bar/*.go", "/home/user/foo/bar/x/main.go"));
    BOOST_TEST(matches("/a/**/z", "/a/b/c/z/below"));
    BOOST_TEST(!matches("/a/**/z", "/b/z"));
    BOOST_TEST(matches("**/x/**/y", "/1/x/x/2/y"));
}

BOOST_AUTO_TEST_CASE(an_entry_is_not_matched_for_its_parents) {
    const auto pattern = PathPattern::parse("bar").value();
    BOOST_TEST(pattern.matches_entry("/foo/bar"));
    BOOST_TEST(!pattern.matches_entry("/foo/bar/baz"));
    BOOST_TEST(PathPattern::parse("/foo/**").value().matches_entry("/foo/bar/baz"));
}

BOOST_AUTO_TEST_CASE(folders_on_the_way_are_worth_a_look) {
    const auto pattern = PathPattern::parse("/srv/*/data").value();
    BOOST_TEST(pattern.may_match_below("/"));
    BOOST_TEST(pattern.may_match_below("/srv"));
    BOOST_TEST(pattern.may_match_below("/srv/x"));
    BOOST_TEST(!pattern.may_match_below("/var"));
    BOOST_TEST(!pattern.may_match_below("/srv/x/other"));
    BOOST_TEST(PathPattern::parse("*.txt").value().may_match_below("/anything"));
    BOOST_TEST(PathPattern::parse("/srv/**/x").value().may_match_below("/srv/a/b/c"));
}

BOOST_AUTO_TEST_CASE(a_later_negated_pattern_takes_back) {
    PathPatterns patterns;
    BOOST_REQUIRE(patterns.add_lines("# comment\n\n  *.log \r\n!keep.log\n", "file").has_value());
    BOOST_TEST(patterns.matches("/var/a.log"));
    BOOST_TEST(!patterns.matches("/var/keep.log"));
    BOOST_TEST(!patterns.matches("/var/a.txt"));
}

BOOST_AUTO_TEST_CASE(what_is_no_pattern_is_refused_with_its_line) {
    PathPatterns patterns;
    for (const auto* bad : {"", "!", "[a", "x/[", "a\\", "[]", "."}) {
        BOOST_TEST(!patterns.add(bad).has_value(), bad);
    }
    BOOST_TEST(patterns.add_lines("ok\n[\n", "list").error().message.starts_with("list:2: "));
}

BOOST_AUTO_TEST_SUITE_END()
