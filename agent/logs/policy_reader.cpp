#include "agent/logs/policy_reader.hpp"

#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace vigie::agent::logs {
namespace {

constexpr int depth_max = 16;  // logrotate's own limit; a file that includes itself ends here

bool is_taboo(const PolicyContext& context, const std::string& name) {
    const auto matches = [&](const std::string& pattern) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; };
    return std::any_of(context.taboo_suffixes.begin(), context.taboo_suffixes.end(),
                       [&](const std::string& suffix) { return matches("*" + suffix); }) ||
           std::any_of(context.taboo_patterns.begin(), context.taboo_patterns.end(), matches);
}

std::string without_tilde(const std::string& path) {
    const char* home = path.starts_with("~/") ? getenv("HOME") : nullptr;
    return home ? home + path.substr(1) : path;
}

// Scripts of a policy run as whoever rotates: for root's rotation root alone may write them.
Result<void> check_owner(const std::string& path) {
    struct stat entry {};
    if (geteuid() != 0 || stat(path.c_str(), &entry) != 0) {
        return {};  // reading it will tell what is wrong
    }
    if (entry.st_uid != 0) {
        return fail(ErrorCode::denied,
                    "Ignoring {} because the file owner is wrong (should be root or user with uid 0).", path);
    }
    if ((entry.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return fail(ErrorCode::denied, "Ignoring {} because it is writable by group or others.", path);
    }
    return {};
}

}  // namespace

void PolicyReader::read(const std::string& path) {
    if (depth_ >= depth_max) {
        policies_.errors.push_back(fmt::format("{}: include is nested deeper than {}", path, depth_max));
        return;
    }
    ++depth_;
    const auto plain = without_tilde(path);
    struct stat entry {};
    if (stat(plain.c_str(), &entry) == 0 && S_ISDIR(entry.st_mode)) {
        read_folder(plain);
    } else {
        read_file(plain);
    }
    --depth_;
}

void PolicyReader::read_folder(const std::string& path) {
    const auto names = files_.list(path);
    if (!names) {
        policies_.errors.push_back(names.error().message);
        return;
    }
    for (const auto& name : *names) {
        const auto file = join_path(path, name);
        struct stat entry {};
        if (stat(file.c_str(), &entry) == 0 && S_ISREG(entry.st_mode) && !is_taboo(context_, name)) {
            read_file(file);
        }
    }
}

Result<std::string> PolicyReader::text_of(const std::string& path) {
    VIGIE_CHECK(check_owner(path));
    return files_.read(path, config_file_bytes_max);
}

void PolicyReader::read_file(const std::string& path) {
    const auto before = context_;
    const auto blocks = policies_.blocks.size();
    const auto errors = policies_.errors.size();
    const auto text = text_of(path);
    const auto read = text ? parse_policy(*text, path, context_, policies_.blocks,
                                          [this](const std::string& other) { this->read(other); })
                           : fail(text.error());
    const auto drain = [](std::vector<std::string>& from, std::vector<std::string>& to) {
        to.insert(to.end(), from.begin(), from.end());
        from.clear();
    };
    drain(context_.ignored_lines, policies_.warnings);
    drain(context_.skipped_blocks, policies_.errors);
    if (!read) {
        context_ = before;
        context_.ignored_lines.clear();
        context_.skipped_blocks.clear();
        policies_.blocks.resize(blocks);
        policies_.errors.push_back(read.error().message);
    } else if (depth_ == 1 && policies_.blocks.size() == blocks && policies_.errors.size() == errors) {
        policies_.warnings.push_back(fmt::format("{}: names no logs", path));
    }
}

}  // namespace vigie::agent::logs
