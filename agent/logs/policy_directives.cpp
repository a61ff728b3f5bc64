// Tables of flags, and a reader for each directive with a value.
#include "agent/logs/policy_directives.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/logs/archives.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::logs {
namespace {

constexpr int keep_max = 100'000;  // more archives than any folder should hold; keeps name + number far from overflow

// logrotate's directives that this slice leaves out, so that a typo and a missing feature read differently.
constexpr std::array unsupported_directives{"addextension",
                                            "allowhardlink",
                                            "compresscmd",
                                            "compressext",
                                            "compressoptions",
                                            "copy",
                                            "createolddir",
                                            "dateyesterday",
                                            "datehourago",
                                            "extension",
                                            "firstaction",
                                            "hourly",
                                            "ignoreduplicates",
                                            "include",
                                            "lastaction",
                                            "mail",
                                            "mailfirst",
                                            "maillast",
                                            "maxage",
                                            "minage",
                                            "monthly",
                                            "nomail",
                                            "noolddir",
                                            "nocreateolddir",
                                            "olddir",
                                            "preremove",
                                            "renamecopy",
                                            "shred",
                                            "noshred",
                                            "shredcycles",
                                            "start",
                                            "su",
                                            "tabooext",
                                            "taboopat",
                                            "uncompresscmd",
                                            "weekly",
                                            "yearly"};

struct Flag {
    std::string_view name;
    bool Block::*member;
    bool value;
};
constexpr std::array flags{Flag{"copytruncate", &Block::copytruncate, true},
                           Flag{"nocopytruncate", &Block::copytruncate, false},
                           Flag{"compress", &Block::compress, true},
                           Flag{"nocompress", &Block::compress, false},
                           Flag{"delaycompress", &Block::delaycompress, true},
                           Flag{"nodelaycompress", &Block::delaycompress, false},
                           Flag{"missingok", &Block::missingok, true},
                           Flag{"nomissingok", &Block::missingok, false},
                           Flag{"notifempty", &Block::notifempty, true},
                           Flag{"ifempty", &Block::notifempty, false},
                           Flag{"sharedscripts", &Block::sharedscripts, true},
                           Flag{"nosharedscripts", &Block::sharedscripts, false},
                           Flag{"dateext", &Block::dateext, true},
                           Flag{"nodateext", &Block::dateext, false}};

Result<uint64_t> size_of(Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    const auto size = parse_bytes(words[1].text);
    if (!size) {
        return fail(ErrorCode::malformed, "'{}' needs a size such as 100k, 10M or 1G, not '{}'", words[0].text,
                    words[1].text);
    }
    return size->count;
}

Result<void> set_keep(Block& block, Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    const auto& text = words[1].text;
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count < keep_all || count > keep_max) {
        return fail(ErrorCode::malformed, "'rotate' needs a number from -1 to {}, not '{}'", keep_max, text);
    }
    block.keep = count;
    return {};
}

// create [MODE] [OWNER [GROUP]]; MODE is octal.
Result<void> set_create(Block& block, Tokens words) {
    VIGIE_CHECK(expect_count(words, 0, 3));
    CreateRule rule;
    auto rest = words.subspan(1);
    if (!rest.empty() && rest[0].text.find_first_not_of("0123456789") == std::string::npos) {
        unsigned mode = 0;
        const auto& text = rest[0].text;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
        if (error != std::errc{} || end != text.data() + text.size() || mode > 07777) {
            return fail(ErrorCode::malformed, "'create' needs an octal mode such as 0640, not '{}'", text);
        }
        rule.mode = mode;
        rest = rest.subspan(1);
    }
    if (rest.size() > 2) {
        return fail(ErrorCode::malformed, "'create' takes MODE OWNER GROUP, and '{}' is no octal mode", rest[0].text);
    }
    if (!rest.empty()) {
        rule.owner = rest[0].text;
    }
    if (rest.size() > 1) {
        rule.group = rest[1].text;
    }
    block.create = rule;
    return {};
}

Result<void> set_date_format(Block& block, Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    VIGIE_CHECK(check_date_format(words[1].text));
    block.date_format = words[1].text;
    return {};
}

Result<void> refuse(const std::string& name) {
    if (std::find(unsupported_directives.begin(), unsupported_directives.end(), name) != unsupported_directives.end()) {
        return fail(ErrorCode::unsupported, "directive '{}' is not supported", name);
    }
    return fail(ErrorCode::malformed, "unknown directive '{}'", name);
}

}  // namespace

Result<void> expect_count(Tokens words, size_t least, size_t most) {
    const auto got = words.size() - 1;
    if (got < least) {
        return fail(ErrorCode::malformed, "'{}' needs a value", words[0].text);
    }
    if (got > most) {
        return fail(ErrorCode::malformed, "unexpected '{}' after '{}'", words[most + 1].text, words[0].text);
    }
    return {};
}

Result<void> apply_directive(Block& block, Tokens words) {
    const auto& name = words[0].text;
    const auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.name == name; });
    if (flag != flags.end()) {
        VIGIE_CHECK(expect_count(words, 0, 0));
        block.*(flag->member) = flag->value;
        return {};
    }
    if (name == "daily" || name == "nocreate") {
        VIGIE_CHECK(expect_count(words, 0, 0));
        if (name == "daily") {
            block.criterion = Criterion::daily;
        } else {
            block.create.reset();
        }
        return {};
    }
    if (name == "size") {
        VIGIE_TRY(block.size_bytes, size_of(words));
        block.criterion = Criterion::size;
        return {};
    }
    if (name == "minsize") {
        VIGIE_TRY(block.min_bytes, size_of(words));
        return {};
    }
    if (name == "maxsize") {
        VIGIE_TRY(block.max_bytes, size_of(words));
        return {};
    }
    if (name == "rotate") {
        return set_keep(block, words);
    }
    if (name == "create") {
        return set_create(block, words);
    }
    if (name == "dateformat") {
        return set_date_format(block, words);
    }
    return refuse(name);
}

}  // namespace vigie::agent::logs
