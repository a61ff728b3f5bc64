// A line-based reader: words of a line, then directives and scripts into the block at hand.
#include "agent/logs/policy_parser.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/logs/policy_directives.hpp"
#include "agent/logs/policy_words.hpp"

namespace vigie::agent::logs {
namespace {

struct Script {
    std::string_view name;
    std::string Block::*member;
};
constexpr std::array scripts{Script{"prerotate", &Block::prerotate}, Script{"postrotate", &Block::postrotate},
                             Script{"preremove", &Block::preremove}, Script{"firstaction", &Block::firstaction},
                             Script{"lastaction", &Block::lastaction}};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class Parser {
  public:
    Parser(std::string_view text, std::string_view file, PolicyContext& context, std::vector<Block>& blocks,
           const Include& include)
        : rest_(text), file_(file), context_(context), blocks_(blocks), include_(include) {}

    Result<void> run() {
        std::string_view line;
        while (next_line(line)) {
            auto read = split_words(line);
            const auto taken = read ? take_line(line, *read) : fail(std::move(read.error()));
            if (!taken) {
                return fail(taken.error().at(fmt::format("{}:{}", file_, line_)));
            }
        }
        if (block_) {
            return fail(ErrorCode::malformed, "{}: the block that starts here is not closed with '}}'",
                        block_->place());
        }
        if (!patterns_.empty()) {
            return fail(ErrorCode::malformed, "{}:{}: missing '{{' after log files definition", file_, patterns_line_);
        }
        return {};
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

    // For logrotate a value reaches to the end of its line, comment and all, and is no value then.
    Result<void> take_line(std::string_view line, Tokens words) {
        const bool has_comment = line.find(" #") != line.npos || line.find("\t#") != line.npos;
        if (context_.is_tolerant && has_comment && words.size() > 1 && !words[0].is_path() &&
            kind_of(words[0].text) == DirectiveKind::valued) {
            const Error refused{ErrorCode::malformed,
                                fmt::format("bad value of '{}': a comment must stand on its own line", words[0].text)};
            return block_ ? skip_block(refused) : Result<void>(fail(refused));
        }
        return take(words);
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
        if ((!text.starts_with('/') && !text.starts_with("~/")) || text.find('\0') != std::string::npos) {
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
        block_ = context_.defaults;
        block_->file = file_;
        block_->line = line_;
        block_->criterion_word.clear();
        block_->notes.clear();
        block_->patterns = std::move(patterns_);
        patterns_.clear();
        return {};
    }

    Result<void> close_block() {
        if (!block_) {
            return fail(ErrorCode::malformed, "'}}' without a block");
        }
        if (!is_block_bad_) {
            blocks_.push_back(std::move(*block_));
        }
        is_block_bad_ = false;
        block_.reset();
        return {};
    }

    Result<void> directive(Tokens words) {
        if (!patterns_.empty()) {
            return fail(ErrorCode::malformed, "missing '{{' after log files definition{}",
                        has_closing_brace() ? "; unexpected } (missing previous '{')" : "");
        }
        const auto plain = without_equals(words);
        auto obeyed = obey(plain);
        return obeyed || !context_.is_tolerant || !block_ ? obeyed : skip_block(obeyed.error());
    }

    bool has_closing_brace() const {
        for (auto at = rest_.find('}'); at != rest_.npos; at = rest_.find('}', at + 1)) {
            const auto before = rest_.substr(0, at).find_last_not_of(" \t");
            if (before == rest_.npos || rest_[before] == '\n') {
                return true;
            }
        }
        return false;
    }

    // The rest of the block is read on, for the sake of its scripts and its end.
    Result<void> skip_block(const Error& error) {
        if (!is_block_bad_) {
            context_.skipped_blocks.push_back(fmt::format("{}:{}: {}", file_, line_, error.message));
            context_.skipped_blocks.push_back(
                fmt::format("found error in {} , skipping", fmt::join(block_->patterns, " ")));
        }
        is_block_bad_ = true;
        return {};
    }

    Result<void> obey(Tokens plain) {
        const auto& name = plain[0].text;
        if (name == "include" || name == "tabooext" || name == "taboopat") {
            return for_files(plain);
        }
        const auto script =
            std::find_if(scripts.begin(), scripts.end(), [&](const Script& s) { return s.name == name; });
        if (script == scripts.end() && context_.is_tolerant && kind_of(name) == DirectiveKind::unknown &&
            std::all_of(name.begin(), name.end(), is_letter)) {
            context_.ignored_lines.push_back(
                fmt::format("{}:{} unknown option '{}' -- ignoring line", file_, line_, name));
            return {};
        }
        if (script == scripts.end()) {
            auto& block = block_ ? *block_ : context_.defaults;
            VIGIE_CHECK(apply_directive(block, plain));
            if (name == "su") {
                block.su->place = fmt::format("{}:{}", file_, line_);
            }
            return {};
        }
        VIGIE_CHECK(expect_count(plain, 0, 0));
        if (!block_) {
            return fail(ErrorCode::malformed, "'{}' outside a block", name);
        }
        return read_script(name, *block_.*(script->member));
    }

    // Directives about files, not about logs.
    Result<void> for_files(Tokens words) {
        const auto& name = words[0].text;
        if (block_) {
            return fail(ErrorCode::malformed, "'{}' must stand outside of blocks", name);
        }
        if (name != "include") {
            return set_taboo(name == "tabooext" ? context_.taboo_suffixes : context_.taboo_patterns, words);
        }
        VIGIE_CHECK(expect_count(words, 1, 1));
        if (!include_) {
            return fail(ErrorCode::unsupported, "directive 'include' is not supported here");
        }
        include_(words[1].text);
        return {};
    }

    // tabooext [+] LIST, with commas or spaces between
    static Result<void> set_taboo(std::vector<std::string>& taboo, Tokens words) {
        VIGIE_CHECK(expect_count(words, 1, words.size()));
        auto list = words.subspan(1);
        if (list[0].is("+")) {
            list = list.subspan(1);
        } else {
            taboo.clear();
        }
        for (const auto& word : list) {
            std::string_view rest = word.text;
            while (!rest.empty()) {
                // A comma in front is part of a suffix such as ",v".
                const auto end = std::min(rest.find(',', 1), rest.size());
                taboo.emplace_back(rest.substr(0, end));
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        }
        return {};
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
    PolicyContext& context_;
    std::optional<Block> block_;
    bool is_block_bad_ = false;
    std::vector<std::string> patterns_;
    int patterns_line_ = 0;
    std::vector<Block>& blocks_;
    const Include& include_;  // may be empty
};

}  // namespace

Result<void> parse_policy(std::string_view text, std::string_view file, PolicyContext& context,
                          std::vector<Block>& blocks, const Include& include) {
    if (text.find('\0') != text.npos) {
        return fail(ErrorCode::malformed, "{}: holds a NUL byte: not a policy file", file);
    }
    return Parser(text, file, context, blocks, include).run();
}

Result<std::vector<Block>> parse_policy(std::string_view text, std::string_view file) {
    PolicyContext context;
    std::vector<Block> blocks;
    VIGIE_CHECK(parse_policy(text, file, context, blocks, {}));
    return blocks;
}

}  // namespace vigie::agent::logs
