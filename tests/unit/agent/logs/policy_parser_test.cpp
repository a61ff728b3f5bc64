#include "agent/logs/policy_parser.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::logs;

namespace {
std::string error_of(std::string_view text) {
    const auto read = parse_policy(text, "web.conf");
    return read ? "no error" : read.error().message;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(policy_parser)

BOOST_AUTO_TEST_CASE(reads_a_block_with_every_directive) {
    const auto blocks = parse_policy(R"(# site policy
/var/log/a.log "/var/log/with space.log"
/var/log/sub/*.log {
    daily
    rotate 7   # a week
    create 0640 root adm
    compress
    delaycompress
    missingok
    notifempty
    sharedscripts
    dateext
    dateformat -%Y%m%d-%H
    minsize = 1k
    maxsize=2M
    postrotate
        kill -HUP 1 # not a comment of ours
    endscript
    prerotate
        true
    endscript
}
)",
                                     "web.conf");
    BOOST_REQUIRE(blocks.has_value());
    BOOST_REQUIRE(blocks->size() == 1u);
    const auto& block = blocks->front();
    const std::vector<std::string> patterns{"/var/log/a.log", "/var/log/with space.log", "/var/log/sub/*.log"};
    BOOST_TEST(block.patterns == patterns, boost::test_tools::per_element());
    BOOST_TEST(block.place() == "web.conf:3");
    BOOST_TEST((block.criterion == Criterion::daily));
    BOOST_TEST(block.keep == 7);
    BOOST_TEST(block.create.value().mode.value() == 0640u);
    BOOST_TEST(block.create->owner.value() == "root");
    BOOST_TEST(block.create->group.value() == "adm");
    BOOST_TEST((block.compress && block.delaycompress && block.missingok && block.notifempty));
    BOOST_TEST((block.sharedscripts && block.dateext && !block.copytruncate));
    BOOST_TEST(block.date_format == "-%Y%m%d-%H");
    BOOST_TEST(block.min_bytes.value() == 1024u);
    BOOST_TEST(block.max_bytes.value() == 2u << 20);
    BOOST_TEST(block.postrotate == "        kill -HUP 1 # not a comment of ours\n");
    BOOST_TEST(block.prerotate == "        true\n");
}

BOOST_AUTO_TEST_CASE(globals_are_defaults_of_the_blocks_below_only) {
    const auto blocks =
        parse_policy("/a { daily }\nrotate 4\ncompress\n/b{\nnocompress\nsize 10k\n}\n/c { rotate -1 }", "f");
    BOOST_REQUIRE(blocks.has_value());
    BOOST_REQUIRE(blocks->size() == 3u);
    BOOST_TEST(blocks->at(0).keep == 0);
    BOOST_TEST(blocks->at(1).keep == 4);
    BOOST_TEST(!blocks->at(1).compress);
    BOOST_TEST(blocks->at(1).size_bytes == 10'240u);
    BOOST_TEST(blocks->at(2).compress);
    BOOST_TEST(blocks->at(2).keep == keep_all);
}

BOOST_AUTO_TEST_CASE(create_takes_what_is_left_out_from_the_old_log) {
    const auto blocks = parse_policy("/a { create }\n/b { create root adm }\n/c { create 600 }", "f");
    BOOST_REQUIRE(blocks.has_value());
    BOOST_TEST((blocks->at(0).create && !blocks->at(0).create->mode && !blocks->at(0).create->owner));
    BOOST_TEST((!blocks->at(1).create->mode && blocks->at(1).create->owner == "root"));
    BOOST_TEST((blocks->at(2).create->mode == 0600u && !blocks->at(2).create->owner));
}

BOOST_AUTO_TEST_CASE(refuses_by_file_line_and_name) {
    BOOST_TEST(error_of("/a {\n weekly\n}") == "web.conf:2: directive 'weekly' is not supported");
    BOOST_TEST(error_of("include /etc/logrotate.d\n") == "web.conf:1: directive 'include' is not supported");
    BOOST_TEST(error_of("\n\n/a {\n dayly\n}") == "web.conf:4: unknown directive 'dayly'");
    BOOST_TEST(error_of("/a {\n rotate many\n}") ==
               "web.conf:2: 'rotate' needs a number from -1 to 100000, not 'many'");
    BOOST_TEST(error_of("/a {\n rotate\n}") == "web.conf:2: 'rotate' needs a value");
    BOOST_TEST(error_of("/a {\n compress now\n}") == "web.conf:2: unexpected 'now' after 'compress'");
    BOOST_TEST(error_of("/a {\n create 0999\n}") ==
               "web.conf:2: 'create' needs an octal mode such as 0640, not '0999'");
    BOOST_TEST(error_of("/a {\n size ten\n}") == "web.conf:2: 'size' needs a size such as 100k, 10M or 1G, not 'ten'");
    BOOST_TEST(error_of("/a {\n daily\n") == "web.conf:1: the block that starts here is not closed with '}'");
    BOOST_TEST(error_of("/a\n") == "web.conf:1: a path without a block: '{' expected");
    BOOST_TEST(error_of("/a {\n/b {\n") == "web.conf:2: unknown directive '/b'");
    BOOST_TEST(error_of("}") == "web.conf:1: '}' without a block");
    BOOST_TEST(error_of("{ daily }") == "web.conf:1: '{' without a path before it");
    BOOST_TEST(error_of("\"relative\" {\n}") == "web.conf:1: 'relative' is not an absolute path");
    BOOST_TEST(error_of("\"/a {\n}") == "web.conf:1: the quote \" is not closed");
    BOOST_TEST(error_of("/a {\n postrotate\n true\n}") == "web.conf:2: 'postrotate' without 'endscript'");
    BOOST_TEST(error_of("postrotate\nendscript\n") == "web.conf:1: 'postrotate' outside a block");
    BOOST_TEST(error_of("/a {\n dateformat plain\n}") == "web.conf:2: 'dateformat' 'plain' holds no date");
}

BOOST_AUTO_TEST_SUITE_END()
