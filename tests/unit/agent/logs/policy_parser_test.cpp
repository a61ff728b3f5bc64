#include "agent/logs/policy_parser.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::logs;

namespace {
std::string error_of(std::string_view text) {
    const auto read = parse_policy(text, "web.conf");
    return read ? "no error" : read.error().message;
}

constexpr auto half_wrong =
    "/a {\n waeekly\n rotate 2\n}\n/b {\n size 300x\n postrotate\n}\n endscript\n rotate 3\n}\n"
    "/c {\n g@rbag\n}\n/d {\n rotate 1 # not for logrotate\n}\n/e {\n daily # fine\n rotate 5\n}\n";

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
    const auto numbers = parse_policy("/a { create 1 2 }\n/b { create 0640 2 }\n/c { create 640 1 2 }", "f").value();
    BOOST_TEST((!numbers[0].create->mode && numbers[0].create->owner == "1" && numbers[0].create->group == "2"));
    BOOST_TEST((numbers[1].create->mode == 0640u && numbers[1].create->owner == "2" && !numbers[1].create->group));
    BOOST_TEST((numbers[2].create->mode == 0640u && numbers[2].create->group == "2"));
    BOOST_TEST((blocks->at(2).create->mode == 0600u && !blocks->at(2).create->owner));
}

BOOST_AUTO_TEST_CASE(reads_when_and_under_which_name) {
    const auto blocks = parse_policy(R"(/a { weekly
 start = 0
 minage 2
 maxage 30
 extension .log
 allowhardlink
 ignoreduplicates
 dateyesterday
 copy
}
~/b { weekly 4
 addextension .old
 datehourago
 noallowhardlink
}
/c { hourly }
/d { monthly }
/e { size 5k
 yearly }
/f { yearly
 size 5k }
)",
                                     "f");
    BOOST_REQUIRE_MESSAGE(blocks.has_value(), blocks.error().message);
    const auto& a = blocks->at(0);
    BOOST_TEST((a.criterion == Criterion::weekly));
    BOOST_TEST(a.weekday == 0);
    BOOST_TEST(a.start == 0);
    BOOST_TEST((a.min_age_days == 2 && a.max_age_days == 30));
    BOOST_TEST(a.extension == ".log");
    BOOST_TEST((a.allowhardlink && a.ignoreduplicates && a.dateyesterday && a.copy));
    const auto& b = blocks->at(1);
    BOOST_TEST(b.patterns.front() == "~/b");
    BOOST_TEST(b.weekday == 4);
    BOOST_TEST(b.add_extension == ".old");
    BOOST_TEST((b.datehourago && !b.allowhardlink));
    BOOST_TEST((blocks->at(2).criterion == Criterion::hourly));
    BOOST_TEST((blocks->at(3).criterion == Criterion::monthly));
    BOOST_TEST((blocks->at(4).criterion == Criterion::yearly));
    BOOST_TEST((blocks->at(5).criterion == Criterion::size));
}

BOOST_AUTO_TEST_CASE(reads_where_to_and_by_which_programs) {
    const auto blocks = parse_policy(R"(compresscmd /usr/bin/xz
compressoptions -9 --threads=1
/a {
 olddir old
 createolddir 0750 root adm
 su web www
 mail ops@example.org
 mailfirst
 shred
 shredcycles 2
 renamecopy
 firstaction
  one
 endscript
 lastaction
  two
 endscript
 preremove
  three
 endscript
}
/b {
 compressext .z
 uncompresscmd cat
 noolddir
 nomail
 noshred
 renamecopy
 copytruncate
}
/c { compresscmd gzip }
)",
                                     "f");
    BOOST_REQUIRE_MESSAGE(blocks.has_value(), blocks.error().message);
    const auto& a = blocks->at(0);
    BOOST_TEST(a.compress_command == "/usr/bin/xz");
    BOOST_TEST(a.compress_options == "-9 --threads=1");
    BOOST_TEST(a.compress_suffix == ".xz");
    BOOST_TEST(a.uncompress_command == "unxz");
    BOOST_TEST(a.olddir == "old");
    BOOST_TEST(a.createolddir.value().mode.value() == 0750u);
    BOOST_TEST((a.su.value().user == "web" && a.su->group == "www"));
    BOOST_TEST(a.mail_address == "ops@example.org");
    BOOST_TEST((a.mailfirst && a.shred && a.shred_cycles == 2 && a.renamecopy));
    BOOST_TEST((a.firstaction == "  one\n" && a.lastaction == "  two\n" && a.preremove == "  three\n"));
    const auto& b = blocks->at(1);
    BOOST_TEST((b.compress_suffix == ".z" && b.uncompress_command == "cat"));
    BOOST_TEST((b.olddir.empty() && b.mail_address.empty() && !b.shred));
    BOOST_TEST((b.copytruncate && !b.renamecopy));
    BOOST_TEST((blocks->at(2).compress_command.empty() && blocks->at(2).compress_suffix == ".gz"));
}

BOOST_AUTO_TEST_CASE(a_size_and_a_period_in_one_block_are_worth_a_note) {
    const auto blocks = parse_policy("size 5k\n/a {\n daily\n}\n/b {\n size 1k\n weekly\n}\n", "f").value();
    BOOST_TEST(blocks.at(0).notes.empty());
    BOOST_REQUIRE(blocks.at(1).notes.size() == 1u);
    BOOST_TEST(blocks.at(1).notes[0] == "'weekly' overrides previously specified 'size'");
}

// What logrotate 3.21.0 makes of these.
BOOST_AUTO_TEST_CASE(tolerant_reading_ignores_lines_of_unknown_words_and_skips_blocks_with_errors) {
    PolicyContext context;
    context.is_tolerant = true;
    std::vector<Block> blocks;
    BOOST_REQUIRE(parse_policy(half_wrong, "f", context, blocks, {}).has_value());
    BOOST_REQUIRE(blocks.size() == 2u);
    BOOST_TEST((blocks[0].patterns[0] == "/a" && blocks[0].keep == 2));
    BOOST_TEST((blocks[1].patterns[0] == "/e" && blocks[1].keep == 5));
    BOOST_REQUIRE(context.ignored_lines.size() == 1u);
    BOOST_TEST(context.ignored_lines[0] == "f:2 unknown option 'waeekly' -- ignoring line");
    BOOST_REQUIRE(context.skipped_blocks.size() == 6u);
    BOOST_TEST(context.skipped_blocks[0].find("(unknown unit)") != std::string::npos);
    BOOST_TEST(context.skipped_blocks[1] == "found error in /b , skipping");
    BOOST_TEST(context.skipped_blocks[3] == "found error in /c , skipping");
    blocks.clear();
    BOOST_TEST(!parse_policy("random noise\na::x\n/a {\n}\n", "f", context, blocks, {}));
}

BOOST_AUTO_TEST_CASE(refuses_by_file_line_and_name) {
    BOOST_TEST(error_of("/a\n daily\n}\n") ==
               "web.conf:2: missing '{' after log files definition; unexpected } (missing previous '{')");
    BOOST_TEST(error_of("/a\n daily\n") == "web.conf:2: missing '{' after log files definition");
    BOOST_TEST(error_of("/a {\n weekly 8\n}") == "web.conf:2: 'weekly' needs a number from 0 to 7, not '8'");
    BOOST_TEST(error_of("/a {\n extension a/b\n}") ==
               "web.conf:2: 'extension' needs the end of a name such as .log, not 'a/b'");
    BOOST_TEST(error_of("/a {\n taboopat *.old\n}") == "web.conf:2: 'taboopat' must stand outside of blocks");
    BOOST_TEST(error_of("/a {\n su root\n}") == "web.conf:2: 'su' needs a user and a group");
    BOOST_TEST(error_of("/a {\n mail\n}") == "web.conf:2: 'mail' needs a value");
    BOOST_TEST(error_of("/a {\n shredcycles 0\n}") ==
               "web.conf:2: 'shredcycles' needs a number from 1 to 100, not '0'");
    BOOST_TEST(error_of("include /etc/logrotate.d\n") == "web.conf:1: directive 'include' is not supported here");
    BOOST_TEST(error_of("\n\n/a {\n dayly\n}") == "web.conf:4: unknown directive 'dayly'");
    BOOST_TEST(error_of("/a {\n rotate many\n}") ==
               "web.conf:2: 'rotate' needs a number from -1 to 100000, not 'many'");
    BOOST_TEST(error_of("/a {\n rotate\n}") == "web.conf:2: 'rotate' needs a value");
    BOOST_TEST(error_of("/a {\n compress now\n}") == "web.conf:2: unexpected 'now' after 'compress'");
    BOOST_TEST(error_of("/a {\n create 0999\n}") ==
               "web.conf:2: 'create' needs an octal mode such as 0640, not '0999'");
    BOOST_TEST(error_of("/a {\n size ten\n}") == "web.conf:2: 'size' needs a size such as 100k, 10M or 1G, not 'ten'");
    BOOST_TEST(error_of("/a {\n daily\n") == "web.conf:1: the block that starts here is not closed with '}'");
    BOOST_TEST(error_of("/a\n") == "web.conf:1: missing '{' after log files definition");
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
