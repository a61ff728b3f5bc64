// A line-based reader: words of a line, then directives and scripts into the block at hand.
#include "agent/logs/policy_parser.hpp"

#include <algorithm>
#include <optional>

#include "agent/logs/policy_directives.hpp"
#include "agent/logs/policy_words.hpp"

namespace vigie::agent::logs {
namespace {

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
