// Passwords come and go; the repository opens all along.
#include "agent/backup/key_ring.hpp"

#include "tests/unit/agent/backup/backup_world.hpp"

using namespace vigie;
using namespace vigie::tests;
using backup::FileKind;

namespace {

constexpr ScryptCost cheap{16, 1, 1};

struct KeyWorld : BackupWorld {
    backup::OpenedKey opened = find_key(storage, password).value();
    const backup::KeyOwner owner{"root", "web-1", {1'700'000'000, 0}};

    Result<backup::Id> add(std::string_view secret) {
        return add_key(storage, random, opened.key, secret, owner, cheap);
    }
    bool opens(std::string_view secret) { return backup::Repository::open(storage, random, secret).has_value(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_key_ring, KeyWorld)

BOOST_AUTO_TEST_CASE(an_added_password_opens_the_same_repository_beside_the_old_one) {
    write("file", "content");
    const auto id = run().snapshot;
    const auto added = add("second");
    BOOST_REQUIRE(added.has_value());
    const auto repository = backup::Repository::open(storage, random, "second").value();
    BOOST_TEST(repository->load_json(FileKind::snapshot, id).has_value());
    BOOST_TEST(opens(password));
    BOOST_TEST((repository->opened_key().id == *added));
}

BOOST_AUTO_TEST_CASE(keys_are_listed_with_their_owners_and_the_one_in_use) {
    const auto added = add("second").value();
    storage.files[{FileKind::key, backup::id_of("x")}] = "junk";
    std::vector<Error> problems;
    const auto keys = list_keys(storage, opened.id, problems).value();
    BOOST_REQUIRE(keys.size() == 2u);
    BOOST_TEST(problems.size() == 1u);
    BOOST_TEST(keys[0].owner.host == "test");  // made at the epoch
    BOOST_TEST(keys[0].is_current);
    BOOST_TEST((keys[1].id == added));
    BOOST_TEST(keys[1].owner.user == "root");
    BOOST_TEST(keys[1].owner.created.seconds == 1'700'000'000);
    BOOST_TEST(!keys[1].is_current);
}

BOOST_AUTO_TEST_CASE(a_removed_password_opens_no_more) {
    const auto added = add("second").value();
    BOOST_TEST((remove_key(storage, opened.id, to_hex(added).substr(0, 10)).value() == added));
    BOOST_TEST(!opens("second"));
    BOOST_TEST(opens(password));
}

// The last way in must stay, and a name must mean one key.
BOOST_AUTO_TEST_CASE(the_key_in_use_stays_and_a_name_must_be_clear) {
    BOOST_TEST((remove_key(storage, opened.id, to_hex(opened.id)).error().code == ErrorCode::conflict));
    BOOST_TEST((remove_key(storage, opened.id, "zz").error().code == ErrorCode::not_found));
    BOOST_TEST((remove_key(storage, opened.id, "").error().code == ErrorCode::not_found));
    BOOST_TEST(opens(password));
}

BOOST_AUTO_TEST_CASE(a_changed_password_replaces_the_old_one) {
    BOOST_REQUIRE(change_key(storage, random, opened, "new", owner, cheap).has_value());
    BOOST_TEST(opens("new"));
    BOOST_TEST(!opens(password));
    BOOST_TEST(storage.count(FileKind::key) == 1u);
}

BOOST_AUTO_TEST_CASE(a_failure_at_any_operation_of_a_change_leaves_a_way_in) {
    const auto before = storage.files;
    for (int64_t number = 0;; ++number) {
        BOOST_REQUIRE(number < 20);
        storage.files = before;
        storage.operations = 0;
        storage.failing_from = number;
        const auto changed = change_key(storage, random, opened, "new", owner, cheap);
        storage.failing_from = -1;
        BOOST_TEST((opens(password) || opens("new")));
        if (changed) {
            break;
        }
        BOOST_TEST(opens(password));
    }
}

BOOST_AUTO_TEST_CASE(an_empty_password_and_a_twenty_first_key_are_refused) {
    BOOST_TEST((add("").error().code == ErrorCode::malformed));
    for (size_t number = 1; number < backup::keys_max; ++number) {
        BOOST_REQUIRE(add(fmt::format("password {}", number)).has_value());
    }
    BOOST_TEST((add("one more").error().code == ErrorCode::too_large));
}

BOOST_AUTO_TEST_SUITE_END()
