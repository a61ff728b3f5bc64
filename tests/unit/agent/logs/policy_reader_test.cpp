#include "agent/logs/policy_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent::logs;

namespace {

struct PolicyFixture {
    PolicyFixture() { BOOST_REQUIRE(files.make_directories(folder / "conf.d", 0755).has_value()); }
    // "HERE" in the text stands for the folder.
    void put(const std::string& name, std::string text, unsigned mode = 0644) {
        for (auto at = text.find("HERE"); at != std::string::npos; at = text.find("HERE")) {
            text.replace(at, 4, folder.path());
        }
        BOOST_REQUIRE(files.write_atomically(folder / name, text, mode).has_value());
        chmod((folder / name).c_str(), mode);
    }
    Policies read(const std::vector<std::string>& names) {
        PolicyReader reader(files);
        for (const auto& name : names) {
            reader.read(folder / name);
        }
        return reader.take();
    }
    // "/a 3, /b 0": the patterns and `rotate` of each block
    static std::string shown(const Policies& policies) {
        std::string text;
        for (const auto& block : policies.blocks) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", fmt::join(block.patterns, " "), block.keep);
        }
        return text + (policies.errors.empty() ? "" : fmt::format(" errors: {}", fmt::join(policies.errors, "; ")));
    }

    tests::TempFolder folder;
    SystemFiles files;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(policy_reader, PolicyFixture)

BOOST_AUTO_TEST_CASE(an_included_folder_is_read_in_place_by_name_with_the_defaults_so_far) {
    put("main", "rotate 4\ninclude HERE/conf.d\nrotate 5\n/z { }\n");
    put("conf.d/b", "/b { }\n");
    put("conf.d/a", "/a { rotate 1 }\n");
    for (const auto* name : {"a.rpmsave", "b~", "c.dpkg-old", "d,v", "e.swp", "f.disabled", "g.rhn-cfg-tmp-1"}) {
        put(std::string("conf.d/") + name, "nonsense\n");
    }
    BOOST_REQUIRE(files.make_directories(folder / "conf.d/sub", 0755).has_value());
    BOOST_TEST(shown(read({"main"})) == "/a 1, /b 4, /z 5");
    BOOST_TEST(shown(read({"conf.d"})) == "/a 1, /b 0");
}

BOOST_AUTO_TEST_CASE(what_a_file_sets_holds_for_those_behind_it) {
    put("one", "rotate 2\n/a { }\n");
    put("two", "/b { }\n");
    BOOST_TEST(shown(read({"one", "two"})) == "/a 2, /b 2");
}

BOOST_AUTO_TEST_CASE(a_broken_file_costs_itself_and_leaves_no_defaults) {
    put("main", "include HERE/conf.d\n/z { }\n");
    put("conf.d/1", "rotate 3\n/a { }\n");
    put("conf.d/2", "rotate 9\n/b { }\n/c { rotatte 1 }\n");
    put("conf.d/3", "/d { }\n");
    BOOST_TEST(shown(read({"main"})) ==
               "/a 3, /d 3, /z 3 errors: " + (folder / "conf.d/2") + ":3: unknown directive 'rotatte'");
}

BOOST_AUTO_TEST_CASE(taboo_lists_are_replaced_or_added_to) {
    put("conf.d/a.old", "/a { }\n");
    put("conf.d/b.rpmsave", "/b { }\n");
    put("conf.d/c.new", "/c { }\n");
    put("conf.d/d", "/d { }\n");
    put("replaced", "tabooext .old, .new\ninclude HERE/conf.d\n");
    BOOST_TEST(shown(read({"replaced"})) == "/b 0, /d 0");
    put("added", "tabooext + .old .new\ninclude HERE/conf.d\n");
    BOOST_TEST(shown(read({"added"})) == "/d 0");
    put("pattern", "taboopat ?.n*,d\ninclude HERE/conf.d\n");
    BOOST_TEST(shown(read({"pattern"})) == "/a 0");
    put("comma", "tabooext ,w,.old\ninclude HERE/conf.d\n");
    put("conf.d/e,w", "/e { }\n");
    BOOST_TEST(shown(read({"comma"})) == "/b 0, /c 0, /d 0");
}

BOOST_AUTO_TEST_CASE(a_file_that_includes_itself_ends_with_an_error) {
    put("main", "include HERE/main\n/a { }\n");
    const auto policies = read({"main"});
    BOOST_REQUIRE(policies.errors.size() == 1u);
    BOOST_TEST(policies.errors[0].find("nested deeper than 16") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_include_is_an_error_and_the_rest_is_read) {
    put("main", "include HERE/none\n/a { }\n");
    const auto policies = read({"main"});
    BOOST_TEST(policies.blocks.size() == 1u);
    BOOST_TEST(policies.errors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(root_reads_no_policy_that_others_may_write) {
    if (geteuid() != 0) {
        BOOST_TEST_MESSAGE("a rule for root alone");
        return;
    }
    put("open", "/a { }\n", 0664);
    BOOST_TEST(shown(read({"open"})) ==
               " errors: Ignoring " + (folder / "open") + " because it is writable by group or others.");
    put("theirs", "/a { }\n");
    BOOST_REQUIRE(chown((folder / "theirs").c_str(), 65534, 65534) == 0);
    BOOST_TEST(read({"theirs"}).errors.at(0).find("the file owner is wrong") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
