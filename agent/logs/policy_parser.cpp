// A line-based reader: tokens of a line, then directives into the block at hand.
#include "agent/logs/policy_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>

#include "agent/logs/archives.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::logs {
namespace {

constexpr int keep_max = 100'000;  // more archives than any folder should hold; keeps name + number far from overflow

struct Token {
    std::string text;
    bool is_quoted = false;
    bool is(std::string_view mark) const { return !is_quoted && text == mark; }
    bool is_path() const { return is_quoted || text.starts_with('/'); }
};
using Tokens = std::span<const Token>;

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

// The words of a line: quotes keep spaces together, `#` starts a comment, `{` may stand right behind a word.
// Backslashes stay, because glob(7) reads them.
Result<std::vector<Token>> split_words(std::string_view line) {
    std::vector<Token> words;
    size_t at = 0;
    while ((at = line.find_first_not_of(" \t\r", at)) != line.npos && line[at] != '#') {
        Token word;
        if (line[at] == '"' || line[at] == '\'') {
            const char quote = line[at++];
            word.is_quoted = true;
            while (at < line.size() && line[at] != quote) {
                if (line[at] == '\\' && at + 1 < line.size()) {
                    word.text += line[at++];
                }
                word.text += line[at++];
            }
            if (at++ >= line.size()) {
                return fail(ErrorCode::malformed, "the quote {} is not closed", quote);
            }
        } else {
            while (at < line.size() && !std::strchr(" \t\r", line[at])) {
                if (line[at] == '\\' && at + 1 < line.size()) {
                    word.text += line[at++];
                }
                word.text += line[at++];
            }
        }
        const bool has_brace =
            !word.is_quoted && word.text.size() > 1 && word.text.ends_with('{') && !word.text.ends_with("\\{");
        if (has_brace) {
            word.text.pop_back();
        }
        words.push_back(std::move(word));
        if (has_brace) {
            words.push_back(Token{.text = "{"});
        }
    }
    return words;
}

// `size=10k` and `size = 10k` are `size 10k`.
std::vector<Token> without_equals(Tokens words) {
    std::vector<Token> plain(words.begin(), words.end());
    if (const auto equals = plain[0].text.find('='); equals != std::string::npos && equals > 0) {
        Token value{.text = plain[0].text.substr(equals + 1)};
        plain[0].text.resize(equals);
        if (!value.text.empty()) {
            plain.insert(plain.begin() + 1, std::move(value));
        }
    } else if (plain.size() > 1 && plain[1].is("=")) {
        plain.erase(plain.begin() + 1);
    } else if (plain.size() > 1 && !plain[1].is_quoted && plain[1].text.starts_with('=')) {
        plain[1].text.erase(0, 1);
    }
    return plain;
}

class Parser {
  public:
    Parser(std::string_view text, std::string_view file) : rest_(text), file_(file) {}

    Result<std::vector<Block>> run() {
        std::string_view line;
        while (next_line(line)) {
            auto read = split_words(line);
            const auto taken = read ? take(*read) : fail(std::move(read.error()));
            if (!taken) {
                return fail(taken.error().at(fmt::format("{}:{}", file_, line_)));
            }
        }
        if (block_) {
            return fail(ErrorCode::malformed, "{}: the block that starts here is not closed with '}}'",
                        block_->place());
        }
        if (!patterns_.empty()) {
            return fail(ErrorCode::malformed, "{}:{}: a path without a block: '{{' expected", file_, patterns_line_);
        }
        return std::move(blocks_);
    }

  private:
    bool next_line(std::string_view& line) {
        if (rest_.empty()) {
            return false;
        }
        const auto end = rest_.find('\n');
        line = rest_.substr(0, end);
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
        ++line_;
        return true;
    }

    Result<void> take(Tokens words) {
        while (!words.empty()) {
            const auto& first = words[0];
            if (first.is("{")) {
                VIGIE_CHECK(open_block());
            } else if (first.is("}")) {
                VIGIE_CHECK(close_block());
            } else if (!block_ && first.is_path()) {
                patterns_line_ = patterns_.empty() ? line_ : patterns_line_;
                VIGIE_CHECK(add_pattern(first.text));
            } else {
                const auto end = std::find_if(words.begin(), words.end(), [](const Token& w) { return w.is("}"); });
                const auto count = static_cast<size_t>(end - words.begin());
                VIGIE_CHECK(directive(words.first(count)));
                words = words.subspan(count);
                continue;
            }
            words = words.subspan(1);
        }
        return {};
    }

    Result<void> add_pattern(const std::string& text) {
        if (!text.starts_with('/') || text.find('\0') != std::string::npos) {
            return fail(ErrorCode::malformed, "'{}' is not an absolute path", text);
        }
        patterns_.push_back(text);
        return {};
    }

    Result<void> open_block() {
        if (block_) {
            return fail(ErrorCode::malformed, "'{{' inside the block that starts at line {}", block_->line);
        }
        if (patterns_.empty()) {
            return fail(ErrorCode::malformed, "'{{' without a path before it");
        }
        block_ = defaults_;
        block_->file = file_;
        block_->line = line_;
        block_->patterns = std::move(patterns_);
        patterns_.clear();
        return {};
    }

    Result<void> close_block() {
        if (!block_) {
            return fail(ErrorCode::malformed, "'}}' without a block");
        }
        blocks_.push_back(std::move(*block_));
        block_.reset();
        return {};
    }

    Result<void> directive(Tokens words) {
        if (!patterns_.empty()) {
            return fail(ErrorCode::malformed, "'{{' expected after the paths, not '{}'", words[0].text);
        }
        const auto plain = without_equals(words);
        const auto& name = plain[0].text;
        if (name != "prerotate" && name != "postrotate") {
            return apply_directive(block_ ? *block_ : defaults_, plain);
        }
        VIGIE_CHECK(expect_count(plain, 0, 0));
        if (!block_) {
            return fail(ErrorCode::malformed, "'{}' outside a block", name);
        }
        return read_script(name, name == "prerotate" ? block_->prerotate : block_->postrotate);
    }

    Result<void> read_script(const std::string& name, std::string& script) {
        const auto begun = line_;
        script.clear();
        std::string_view line;
        while (next_line(line)) {
            const auto words = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
            const auto word = words.substr(0, words.find_first_of(" \t\r#"));
            if (word == "endscript") {
                return {};
            }
            script.append(line).push_back('\n');
        }
        line_ = begun;
        return fail(ErrorCode::malformed, "'{}' without 'endscript'", name);
    }

    std::string_view rest_;
    std::string file_;
    int line_ = 0;
    Block defaults_;
    std::optional<Block> block_;
    std::vector<std::string> patterns_;
    int patterns_line_ = 0;
    std::vector<Block> blocks_;
};

}  // namespace

Result<std::vector<Block>> parse_policy(std::string_view text, std::string_view file) {
    if (text.find('\0') != text.npos) {
        return fail(ErrorCode::malformed, "{}: holds a NUL byte: not a policy file", file);
    }
    return Parser(text, file).run();
}

}  // namespace vigie::agent::logs
