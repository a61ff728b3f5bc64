// The text of a policy file into blocks. Pure: no file is looked at, globs stay as they are written.
// The syntax is that of logrotate.conf(5); what it does not know is refused by name, file and line.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "agent/logs/policy.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent::logs {

// What is set outside of blocks and holds for all that follows, in other files too.
struct PolicyContext {
    Block defaults;
    // Names in an included folder that are no policies: how they end, and patterns. The list is logrotate's.
    std::vector<std::string> taboo_suffixes{",v",         ".cfsaved",  ".disabled", ".dpkg-bak",      ".dpkg-del",
                                            ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".rhn-cfg-tmp-*", ".rpmnew",
                                            ".rpmorig",   ".rpmsave",  ".swp",      ".ucf-dist",      ".ucf-new",
                                            ".ucf-old",   "~"};
    std::vector<std::string> taboo_patterns;

    // As logrotate reads: the line of an unknown word is ignored, and a block with an error costs itself only.
    bool is_tolerant = false;
    std::vector<std::string> ignored_lines;
    std::vector<std::string> skipped_blocks;
};
using Include = std::function<void(const std::string& path)>;  // reads what stands there into the same blocks

// Appends the blocks of a text to `blocks`. On failure `context` and `blocks` hold part of the file.
Result<void> parse_policy(std::string_view text, std::string_view file, PolicyContext& context,
                          std::vector<Block>& blocks, const Include& include);

// `file` is the name for messages. Global directives become defaults of the blocks below them.
// A text that stands alone: `include` is unsupported.
Result<std::vector<Block>> parse_policy(std::string_view text, std::string_view file);

}  // namespace vigie::agent::logs
