// Reading sysfs: attributes and listings.
#include "agent/collect/attributes.hpp"

#include <fcntl.h>

#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_FIXTURE_TEST_SUITE(attributes, Tree)

BOOST_AUTO_TEST_CASE(numbers_are_decimal_or_hexadecimal_with_0x) {
    BOOST_TEST(parse_attribute(" 12\n").value() == 12);
    BOOST_TEST(parse_attribute("-1").value() == -1);
    BOOST_TEST(parse_attribute("0x1f").value() == 31);
    BOOST_TEST(parse_attribute("18446744073709551615").value() == 18446744073709551615.0);
    for (const auto* bad : {"", "0x", "12x", "N/A", "--1", "0xg"}) {
        BOOST_TEST(!parse_attribute(bad).has_value(), bad);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_attribute_has_no_text_and_no_number) {
    put("sys/device/name", "  a name \n");
    const Fd device(::open((folder / "sys/device").c_str(), O_RDONLY | O_DIRECTORY));
    AttributeReader reader;
    BOOST_TEST(reader.text(device.get(), "name") == "a name");
    BOOST_TEST(reader.text(device.get(), "gone").empty());
    BOOST_TEST(!reader.number(device.get(), "name").has_value());
    BOOST_TEST(!reader.number(device.get(), "gone").has_value());
    BOOST_TEST((reader.read(device.get(), "gone").error().code == ErrorCode::not_found));
    BOOST_TEST(!reader.read(-1, "name").has_value());
}

BOOST_AUTO_TEST_CASE(a_listing_is_sorted_filtered_and_forgets_what_is_gone) {
    for (const auto* name : {"b1", "b0", "a", "b9", ".hidden"}) {
        put(std::string("sys/class/x/") + name, "");
    }
    FolderListing listing(folder / "sys/class/x");
    const std::vector<std::string> exclude{"*9"};
    const auto names = [&] { return std::vector<std::string>(listing.names().begin(), listing.names().end()); };
    BOOST_REQUIRE(listing.refresh("b", exclude));
    BOOST_TEST((names() == std::vector<std::string>{"b0", "b1"}));
    remove("sys/class/x/b0");
    BOOST_REQUIRE(listing.refresh());
    BOOST_TEST((names() == std::vector<std::string>{"a", "b1", "b9"}));
    remove("sys/class/x");
    BOOST_TEST(!listing.refresh());
    BOOST_TEST(names().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
