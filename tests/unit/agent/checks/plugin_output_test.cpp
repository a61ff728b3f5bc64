#include "agent/checks/plugin_output.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;

namespace {
std::string shown(const PluginOutput& output) {
    std::string text;
    for (const auto& value : output.values) {
        text += fmt::format("[{}]={}{} ", value.label, value.value, value.unit);
    }
    return text;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_output)

// The example of Nagios's own page on the plugin API.
BOOST_AUTO_TEST_CASE(reads_text_and_perfdata_of_several_lines) {
    const auto output = parse_plugin_output(
        "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
        "/ 15272 MB (77%);\n"
        "/boot 68 MB (69%);\n"
        "/var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n"
        "/home=69357MB;253404;253409;0;253414 \n"
        "/var/log=818MB;970;975;0;980\n");
    BOOST_TEST(
        output.text ==
        "DISK OK - free space: / 3326 MB (56%); / / 15272 MB (77%); / /boot 68 MB (69%); / /var/log 819 MB (84%);");
    BOOST_TEST(shown(output) == "[/]=2643MB [/boot]=68MB [/home]=69357MB [/var/log]=818MB ");
}

BOOST_AUTO_TEST_CASE(reads_quoted_labels_and_units) {
    const auto output = parse_plugin_output("OK | 'time to first byte'=0.25s 'it''s'=50% plain=1e3 c=7c");
    BOOST_TEST(shown(output) == "[time to first byte]=0.25s [it's]=50% [plain]=1000 [c]=7c ");
}

BOOST_AUTO_TEST_CASE(leaves_out_what_is_no_perfdata) {
    const auto output = parse_plugin_output("OK | a=U b= =3 c=1.5.2 d=1s;2 noequals 'open=4 e=nan f=inf g=5");
    // Behind an open quote nothing can be told apart.
    BOOST_TEST(shown(output) == "[d]=1s ");
    BOOST_TEST(shown(parse_plugin_output("OK | e=nan f=inf h=1#2 g=5")) == "[g]=5 ");
}

BOOST_AUTO_TEST_CASE(counts_the_first_of_two_with_one_label) {
    BOOST_TEST(shown(parse_plugin_output("OK | a=1 a=2 a=3s")) == "[a]=1 [a]=3s ");
}

BOOST_AUTO_TEST_CASE(shows_control_characters_and_bounds_the_text) {
    BOOST_TEST(parse_plugin_output("red \x1b[31malert\x07\r\n").text == "red \\x1b[31malert\\x07");
    const auto output = parse_plugin_output(std::string(5000, 'x'));
    BOOST_TEST(output.text.size() == plugin_text_bytes_max);
    BOOST_TEST(output.text.ends_with("x…"));
    // Never through the middle of a character.
    std::string wide;
    for (int i = 0; i < 1000; ++i) {
        wide += "ä";
    }
    const auto cut = parse_plugin_output("a" + wide).text;
    BOOST_TEST(cut.size() <= plugin_text_bytes_max);
    BOOST_TEST(cut.ends_with("ä…"));
}

BOOST_AUTO_TEST_CASE(bounds_the_number_of_values) {
    std::string text = "OK |";
    for (size_t i = 0; i < 200; ++i) {
        text += fmt::format(" v{}=1", i);
    }
    BOOST_TEST(parse_plugin_output(text).values.size() == plugin_values_max);
}

BOOST_AUTO_TEST_CASE(of_nothing_is_nothing) {
    BOOST_TEST(parse_plugin_output("").text.empty());
    BOOST_TEST(parse_plugin_output("|\n|\n").text.empty());
}

BOOST_AUTO_TEST_SUITE_END()
