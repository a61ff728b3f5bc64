#include "agent/backup/pack_selection.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/seeded_random.hpp"

using namespace vigie;
using namespace vigie::agent::backup;

namespace {

std::vector<StoredFile> packs_of(size_t count) {
    std::vector<StoredFile> packs;
    for (size_t number = 0; number < count; ++number) {
        packs.push_back({id_of(fmt::format("pack {}", number)), 1});
    }
    return packs;
}

size_t count_of(const std::vector<StoredFile>& packs, std::string_view selection, uint64_t seed = 1) {
    tests::SeededRandom random(seed);
    return select_packs(packs, parse_pack_selection(selection).value(), random).size();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_pack_selection)

BOOST_AUTO_TEST_CASE(the_parts_together_are_all_and_each_pack_is_in_one) {
    const auto packs = packs_of(100);
    size_t together = 0;
    for (int part = 1; part <= 7; ++part) {
        together += count_of(packs, fmt::format("{}/7", part));
    }
    BOOST_TEST(together == 100u);
    BOOST_TEST(count_of(packs, "1/1") == 100u);
}

// restic: the id's first byte modulo the number of parts.
BOOST_AUTO_TEST_CASE(a_part_goes_by_the_first_byte_of_the_name) {
    StoredFile pack;
    pack.id.bytes[0] = 10;
    BOOST_TEST(count_of({pack}, "3/8") == 1u);  // 10 % 8 = 2, the third part
    BOOST_TEST(count_of({pack}, "2/8") == 0u);
}

BOOST_AUTO_TEST_CASE(a_share_is_as_many_packs_and_at_least_one) {
    const auto packs = packs_of(200);
    BOOST_TEST(count_of(packs, "5%") == 10u);
    BOOST_TEST(count_of(packs, "100%") == 200u);
    BOOST_TEST(count_of(packs, "0.1%") == 1u);
    BOOST_TEST(count_of({}, "50%") == 0u);
    tests::SeededRandom one(1);
    tests::SeededRandom two(2);
    const auto selection = parse_pack_selection("5%").value();
    const auto names = [](const std::vector<StoredFile>& selected) {
        std::vector<std::string> ids;
        for (const auto& pack : selected) {
            ids.push_back(to_hex(pack.id));
        }
        return ids;
    };
    BOOST_TEST((names(select_packs(packs, selection, one)) != names(select_packs(packs, selection, two))));
}

BOOST_AUTO_TEST_CASE(without_a_selection_nothing_is_read) {
    tests::SeededRandom random(1);
    BOOST_TEST(PackSelection{}.is_empty());
    BOOST_TEST(select_packs(packs_of(10), {}, random).empty());
    BOOST_TEST(select_packs(packs_of(10), all_packs, random).size() == 10u);
}

BOOST_AUTO_TEST_CASE(what_is_no_selection_is_refused) {
    for (const auto* bad : {"", "0/7", "8/7", "1/257", "1/", "/7", "1", "1/7x", "x/7", "0%", "101%", "%", "5%%", "-1%",
                            "nan%", "1.5/3"}) {
        BOOST_TEST(!parse_pack_selection(bad).has_value(), bad);
    }
}

BOOST_AUTO_TEST_SUITE_END()
