#include "protocol/transport/keys.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "protocol/transport/key_table.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::protocol;

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(a_saved_pair_is_private_and_reads_back) {
    const tests::TempFolder folder;
    SystemFiles files;
    const auto pair = make_key_pair();
    const auto path = folder / "agent.key";
    BOOST_REQUIRE(save_key_pair(files, path, pair).has_value());
    struct stat entry {};
    BOOST_REQUIRE(stat(path.c_str(), &entry) == 0);
    BOOST_TEST((entry.st_mode & 07777) == 0600u);
    const auto loaded = load_key_pair(path);
    BOOST_REQUIRE(loaded.has_value());
    BOOST_TEST(loaded->public_key == pair.public_key);
    BOOST_TEST(loaded->secret_key.reveal() == pair.secret_key.reveal());
}

BOOST_AUTO_TEST_CASE(a_key_file_that_others_can_read_is_refused) {
    const tests::TempFolder folder;
    SystemFiles files;
    const auto path = folder / "agent.key";
    BOOST_REQUIRE(save_key_pair(files, path, make_key_pair()).has_value());
    for (const mode_t mode : {0640u, 0604u, 0620u, 0644u}) {
        BOOST_REQUIRE(chmod(path.c_str(), mode) == 0);
        const auto loaded = load_key_pair(path);
        BOOST_REQUIRE(!loaded.has_value());
        BOOST_TEST((loaded.error().code == ErrorCode::denied));
        BOOST_TEST(loaded.error().message.find("chmod 600 " + path) != std::string::npos);
    }
    BOOST_REQUIRE(chmod(path.c_str(), 0400) == 0);
    BOOST_TEST(load_key_pair(path).has_value());
    const auto link = folder / "link.key";
    BOOST_REQUIRE(symlink(path.c_str(), link.c_str()) == 0);
    BOOST_TEST((load_key_pair(link).error().code == ErrorCode::denied));
}

BOOST_AUTO_TEST_CASE(damaged_key_files_are_errors_that_name_the_file) {
    const tests::TempFolder folder;
    SystemFiles files;
    const auto path = folder / "agent.key";
    const auto pair = make_key_pair();
    const auto mixed = fmt::format("public {}\nsecret {}\n", make_key_pair().public_key, pair.secret_key.reveal());
    for (const std::string& text : {std::string(), std::string("public\n"), std::string("secret short\n"),
                                    fmt::format("public {}\n", pair.public_key), mixed, std::string(300, '\0')}) {
        BOOST_REQUIRE(files.write_atomically(path, text, 0600).has_value());
        const auto loaded = load_key_pair(path);
        BOOST_REQUIRE(!loaded.has_value());
        BOOST_TEST((loaded.error().code == ErrorCode::corrupt));
        BOOST_TEST(loaded.error().message.starts_with(path));
    }
    BOOST_TEST((load_key_pair(folder / "absent").error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(what_is_a_key) {
    BOOST_TEST(is_key_text("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"));  // from ZeroMQ's RFC 32 era examples
    BOOST_TEST(!is_key_text(""));
    BOOST_TEST(!is_key_text(std::string(39, 'a')));
    BOOST_TEST(!is_key_text(std::string(40, '"')));
    BOOST_TEST(!is_key_text(std::string(40, '\0')));
}

BOOST_AUTO_TEST_CASE(a_table_forgets_all_keys_of_an_agent) {
    KeyTable table;
    table.put("old", AgentId{"web-1"});
    table.put("new", AgentId{"web-1"});
    table.put("other", AgentId{"web-2"});
    BOOST_TEST(table.find("old")->value == "web-1");
    table.erase_agent(AgentId{"web-1"});
    BOOST_TEST(!table.find("old").has_value());
    BOOST_TEST(!table.find("new").has_value());
    BOOST_TEST(table.find("other")->value == "web-2");
}

BOOST_AUTO_TEST_CASE(a_barred_key_is_nobodys_and_whose_it_was_is_known) {
    KeyTable table;
    table.put("old", AgentId{"web-1"});
    BOOST_TEST(!table.former("old").has_value());
    table.bar("old", AgentId{"web-1"});
    BOOST_TEST(!table.find("old").has_value());
    BOOST_TEST(table.former("old")->value == "web-1");
    table.replace_all({{"new", AgentId{"web-1"}}}, {{"older", AgentId{"web-2"}}});
    BOOST_TEST(!table.former("old").has_value());
    BOOST_TEST(table.former("older")->value == "web-2");
    BOOST_TEST(table.find("new")->value == "web-1");
}

// BLAKE2b-256 of "abc", by `b2sum -l 256`: bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319.
BOOST_AUTO_TEST_CASE(a_fingerprint_is_the_beginning_of_a_hash) {
    BOOST_TEST(fingerprint_of("abc") == "bddd-813c-6342-3972");
}

// One in 85 would, and be taken for an option of a command.
BOOST_AUTO_TEST_CASE(no_public_key_begins_like_an_option) {
    for (int i = 0; i < 1'500; ++i) {
        BOOST_REQUIRE(make_key_pair().public_key.front() != '-');
    }
}

BOOST_AUTO_TEST_SUITE_END()
