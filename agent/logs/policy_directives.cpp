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

constexpr int days_max = 36'500;  // a hundred years

constexpr int shred_cycles_max = 100;  // each writes the whole archive once more

struct Flag {
    std::string_view name;
    bool Block::*member;
    bool value;
};
constexpr std::array flags{Flag{"copy", &Block::copy, true},
                           Flag{"nocopy", &Block::copy, false},
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
                           Flag{"norenamecopy", &Block::renamecopy, false},
                           Flag{"mailfirst", &Block::mailfirst, true},
                           Flag{"maillast", &Block::mailfirst, false},
                           Flag{"shred", &Block::shred, true},
                           Flag{"noshred", &Block::shred, false},
                           Flag{"allowhardlink", &Block::allowhardlink, true},
                           Flag{"noallowhardlink", &Block::allowhardlink, false},
                           Flag{"ignoreduplicates", &Block::ignoreduplicates, true},
                           Flag{"dateyesterday", &Block::dateyesterday, true},
                           Flag{"datehourago", &Block::datehourago, true},
                           Flag{"dateext", &Block::dateext, true},
                           Flag{"nodateext", &Block::dateext, false}};

struct Period {
    std::string_view name;
    Criterion criterion;
};
constexpr std::array periods{Period{"hourly", Criterion::hourly}, Period{"daily", Criterion::daily},
                             Period{"yearly", Criterion::yearly}};

Result<uint64_t> size_of(Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    const auto size = parse_bytes(words[1].text);
    if (!size) {
        const bool has_number = words[1].text.find_first_of("0123456789") == 0;
        return fail(ErrorCode::malformed, "'{}' needs a size such as 100k, 10M or 1G, not '{}'{}", words[0].text,
                    words[1].text, has_number ? " (unknown unit)" : "");
    }
    return size->count;
}

Result<int> number_of(Tokens words, int least, int most) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    const auto& text = words[1].text;
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count < least || count > most) {
        return fail(ErrorCode::malformed, "'{}' needs a number from {} to {}, not '{}'", words[0].text, least, most,
                    text);
    }
    return count;
}

// Of sizes and periods the later one holds.
void set_criterion(Block& block, Criterion criterion, const std::string& word) {
    const auto& before = block.criterion_word;
    if (!before.empty() && (before == "size") != (criterion == Criterion::size)) {
        block.notes.push_back(fmt::format("'{}' overrides previously specified '{}'", word, before));
    }
    block.criterion = criterion;
    block.criterion_word = word;
}

// weekly [WEEKDAY]
Result<void> set_weekly(Block& block, Tokens words) {
    block.weekday = 0;
    set_criterion(block, Criterion::weekly, words[0].text);
    if (words.size() > 1) {
        VIGIE_TRY(block.weekday, number_of(words, 0, any_weekday));
    }
    return {};
}

// monthly [DAY]
Result<void> set_monthly(Block& block, Tokens words) {
    block.monthday = 1;
    set_criterion(block, Criterion::monthly, words[0].text);
    if (words.size() > 1) {
        VIGIE_TRY(block.monthday, number_of(words, 1, 31));
    }
    return {};
}

// Extensions become parts of names.
Result<void> set_name_part(std::string& part, Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    if (words[1].text.empty() || words[1].text.find('/') != std::string::npos) {
        return fail(ErrorCode::malformed, "'{}' needs the end of a name such as .log, not '{}'", words[0].text,
                    words[1].text);
    }
    part = words[1].text;
    return {};
}

// create or createolddir [MODE] [OWNER [GROUP]]; MODE is octal.
Result<void> set_create_rule(std::optional<CreateRule>& created, Tokens words) {
    VIGIE_CHECK(expect_count(words, 0, 3));
    CreateRule rule;
    auto rest = words.subspan(1);
    const auto is_number = [](const Token& word) {
        return word.text.find_first_not_of("0123456789") == std::string::npos;
    };
    // Of two numbers the first is an owner, unless it is written as modes are.
    const bool is_owner_and_group =
        rest.size() == 2 && is_number(rest[0]) && is_number(rest[1]) && !rest[0].text.starts_with('0');
    if (!rest.empty() && is_number(rest[0]) && !is_owner_and_group) {
        unsigned mode = 0;
        const auto& text = rest[0].text;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
        if (error != std::errc{} || end != text.data() + text.size() || mode > 07777) {
            return fail(ErrorCode::malformed, "'{}' needs an octal mode such as 0640, not '{}'", words[0].text, text);
        }
        rule.mode = mode;
        rest = rest.subspan(1);
    }
    if (rest.size() > 2) {
        return fail(ErrorCode::malformed, "'{}' takes MODE OWNER GROUP, and '{}' is no octal mode", words[0].text,
                    rest[0].text);
    }
    if (!rest.empty()) {
        rule.owner = rest[0].text;
    }
    if (rest.size() > 1) {
        rule.group = rest[1].text;
    }
    created = rule;
    return {};
}

// The program that compresses says how its files end and what reads them back, until other directives say otherwise.
struct Packer {
    std::string_view program;
    std::string_view suffix;
    std::string_view reader;
};
constexpr std::array packers{Packer{"gzip", ".gz", "gunzip"},        Packer{"pigz", ".gz", "gunzip"},
                             Packer{"bzip2", ".bz2", "bunzip2"},     Packer{"xz", ".xz", "unxz"},
                             Packer{"compress", ".Z", "uncompress"}, Packer{"zstd", ".zst", "unzstd"}};

Result<void> set_compress_command(Block& block, Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    const std::string_view command = words[1].text;
    const auto program = command.substr(command.find_last_of('/') + 1);
    const auto known =
        std::find_if(packers.begin(), packers.end(), [&](const Packer& packer) { return packer.program == program; });
    const bool is_plain_gzip = command == "gzip" || command == "/bin/gzip" || command == "/usr/bin/gzip";
    block.compress_command = is_plain_gzip ? std::string_view() : command;
    if (known != packers.end()) {
        block.compress_suffix = known->suffix;
        block.uncompress_command = known->reader;
    }
    return {};
}

Result<void> set_compress_options(Block& block, Tokens words) {
    block.compress_options.clear();
    for (const auto& word : words.subspan(1)) {
        block.compress_options += (block.compress_options.empty() ? "" : " ") + word.text;
    }
    return expect_count(words, 1, words.size());
}

Result<void> set_word(std::string& value, Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    value = words[1].text;
    return {};
}

Result<void> set_user(Block& block, Tokens words) {
    if (words.size() != 3) {
        return fail(ErrorCode::malformed, "'su' needs a user and a group");
    }
    block.su = UserRule{words[1].text, words[2].text, ""};
    return {};
}

Result<void> set_date_format(Block& block, Tokens words) {
    VIGIE_CHECK(expect_count(words, 1, 1));
    VIGIE_CHECK(check_date_format(words[1].text));
    block.date_format = words[1].text;
    return {};
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

namespace {

using Setter = Result<void> (*)(Block& block, Tokens words);
struct Directive {
    std::string_view name;
    Setter set;
};

Result<void> set_days(std::optional<int>& days, Tokens words) {
    VIGIE_TRY(days, number_of(words, 0, days_max));
    return {};
}

constexpr std::array directives{
    Directive{"weekly", set_weekly},
    Directive{"monthly", set_monthly},
    Directive{"create", [](Block& block, Tokens words) { return set_create_rule(block.create, words); }},
    Directive{"createolddir", [](Block& block, Tokens words) { return set_create_rule(block.createolddir, words); }},
    Directive{"nocreateolddir",
              [](Block& block, Tokens words) {
                  block.createolddir.reset();
                  return expect_count(words, 0, 0);
              }},
    Directive{"olddir", [](Block& block, Tokens words) { return set_word(block.olddir, words); }},
    Directive{"noolddir",
              [](Block& block, Tokens words) {
                  block.olddir.clear();
                  return expect_count(words, 0, 0);
              }},
    Directive{"copytruncate",
              [](Block& block, Tokens words) {
                  block.copytruncate = true;
                  block.renamecopy = false;
                  return expect_count(words, 0, 0);
              }},
    Directive{"renamecopy",
              [](Block& block, Tokens words) {
                  block.renamecopy = true;
                  block.copytruncate = false;
                  return expect_count(words, 0, 0);
              }},
    Directive{"su", set_user},
    Directive{"compresscmd", set_compress_command},
    Directive{"compressoptions", set_compress_options},
    Directive{"compressext", [](Block& block, Tokens words) { return set_name_part(block.compress_suffix, words); }},
    Directive{"uncompresscmd", [](Block& block, Tokens words) { return set_word(block.uncompress_command, words); }},
    Directive{"mail", [](Block& block, Tokens words) { return set_word(block.mail_address, words); }},
    Directive{"nomail",
              [](Block& block, Tokens words) {
                  block.mail_address.clear();
                  return expect_count(words, 0, 0);
              }},
    Directive{"shredcycles",
              [](Block& block, Tokens words) -> Result<void> {
                  VIGIE_TRY(block.shred_cycles, number_of(words, 1, shred_cycles_max));
                  return {};
              }},
    Directive{"dateformat", set_date_format},
    Directive{"nocreate",
              [](Block& block, Tokens words) {
                  block.create.reset();
                  return expect_count(words, 0, 0);
              }},
    Directive{"size",
              [](Block& block, Tokens words) -> Result<void> {
                  VIGIE_TRY(block.size_bytes, size_of(words));
                  set_criterion(block, Criterion::size, words[0].text);
                  return {};
              }},
    Directive{"minsize",
              [](Block& block, Tokens words) -> Result<void> {
                  VIGIE_TRY(block.min_bytes, size_of(words));
                  return {};
              }},
    Directive{"maxsize",
              [](Block& block, Tokens words) -> Result<void> {
                  VIGIE_TRY(block.max_bytes, size_of(words));
                  return {};
              }},
    Directive{"rotate",
              [](Block& block, Tokens words) -> Result<void> {
                  VIGIE_TRY(block.keep, number_of(words, keep_all, keep_max));
                  return {};
              }},
    Directive{"start",
              [](Block& block, Tokens words) -> Result<void> {
                  VIGIE_TRY(block.start, number_of(words, 0, keep_max));
                  return {};
              }},
    Directive{"minage", [](Block& block, Tokens words) { return set_days(block.min_age_days, words); }},
    Directive{"maxage", [](Block& block, Tokens words) { return set_days(block.max_age_days, words); }},
    Directive{"extension", [](Block& block, Tokens words) { return set_name_part(block.extension, words); }},
    Directive{"addextension", [](Block& block, Tokens words) { return set_name_part(block.add_extension, words); }},
};

}  // namespace

DirectiveKind kind_of(std::string_view name) {
    const auto is_it = [&](const auto& known) { return known.name == name; };
    if (std::any_of(flags.begin(), flags.end(), is_it) || std::any_of(periods.begin(), periods.end(), is_it)) {
        return DirectiveKind::flag;
    }
    return std::any_of(directives.begin(), directives.end(), is_it) ? DirectiveKind::valued : DirectiveKind::unknown;
}

Result<void> apply_directive(Block& block, Tokens words) {
    const auto& name = words[0].text;
    const auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.name == name; });
    if (flag != flags.end()) {
        VIGIE_CHECK(expect_count(words, 0, 0));
        block.*(flag->member) = flag->value;
        return {};
    }
    const auto period = std::find_if(periods.begin(), periods.end(), [&](const Period& p) { return p.name == name; });
    if (period != periods.end()) {
        set_criterion(block, period->criterion, name);
        return expect_count(words, 0, 0);
    }
    const auto known =
        std::find_if(directives.begin(), directives.end(), [&](const Directive& d) { return d.name == name; });
    return known != directives.end() ? known->set(block, words)
                                     : fail(ErrorCode::malformed, "unknown directive '{}'", name);
}

}  // namespace vigie::agent::logs
