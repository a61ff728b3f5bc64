// access(2) and stat(2), by kind of path.
#include "agent/config/path_check.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "agent/deadman/page_url.hpp"
#include "shared/os/files.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent {
namespace {

constexpr Bytes password_file_bytes_max = 64_KiB;  // as the worker reads it

// "" when the path can be used so (R_OK, W_OK, X_OK), else why not.
std::string why_not(const std::string& path, int how) {
    return access(path.c_str(), how) == 0 ? std::string() : errno_error(errno, path).message;
}

bool is_folder(const std::string& path) {
    struct stat entry {};
    return stat(path.c_str(), &entry) == 0 && S_ISDIR(entry.st_mode);
}

std::string with_advice(const std::string& trouble, std::string_view advice) {
    return trouble.empty() ? trouble : fmt::format("{}: {}", trouble, advice);
}

std::string check_program(const std::string& program) {
    if (program.find('/') != std::string::npos) {
        return is_folder(program) ? program + " is a folder, not a program"
                                  : with_advice(why_not(program, X_OK), "install it, or correct the job's command");
    }
    const char* const set = std::getenv("PATH");
    const std::string folders = set != nullptr ? set : "/bin:/usr/bin";
    for (size_t begin = 0; begin <= folders.size();) {
        const auto end = std::min(folders.find(':', begin), folders.size());
        const auto path = join_path(folders.substr(begin, end - begin), program);
        if (access(path.c_str(), X_OK) == 0 && !is_folder(path)) {
            return {};
        }
        begin = end + 1;
    }
    return fmt::format("no program '{}' in PATH ({}): install it, or write its whole path", program, folders);
}

std::string check_repository(const std::string& path) {
    if (!is_folder(path) || why_not(join_path(path, "config"), F_OK) != "") {
        return fmt::format(
            "there is no repository in {}: make one with 'vigie-agent backup init --repo {} --password-file FILE', or "
            "mount it",
            path, path);
    }
    auto trouble = with_advice(why_not(join_path(path, "config"), R_OK), "give the agent's user access to it");
    for (const auto* const folder : {"data", "index", "locks", "snapshots"}) {
        if (trouble.empty()) {
            trouble = with_advice(why_not(join_path(path, folder), R_OK | W_OK | X_OK),
                                  "the agent's user must be able to write there");
        }
    }
    return trouble;
}

std::string check_password(const std::string& path) {
    const auto text = read_secret_file(path, password_file_bytes_max);
    if (!text) {
        return text.error().code == ErrorCode::not_found
                   ? fmt::format("{}: write the repository's password there, mode 600", text.error().message)
                   : text.error().message;
    }
    return text->find_first_not_of("\r\n") == std::string::npos || text->starts_with('\n')
               ? fmt::format("{} holds no password: its first line is empty", path)
               : std::string();
}

std::string check_token(const std::string& path) {
    const auto text = read_secret_file(path, password_file_bytes_max);
    return text ? std::string() : fmt::format("{}: the target is not asked without it", text.error().message);
}

// The agent makes the socket, but not its folder: whose it is decides who may send.
std::string check_socket(const std::string& path) {
    const auto folder = parent_of(path);
    struct stat entry {};
    const bool is_other = lstat(path.c_str(), &entry) == 0 && !S_ISSOCK(entry.st_mode);
    return is_other             ? path + " is there and is no socket: move it away, or name another path"
           : !is_folder(folder) ? folder + " is not a folder: make it, such as by RuntimeDirectory= of the agent's unit"
                                : with_advice(why_not(folder, W_OK | X_OK), "let the agent's user write it");
}

std::string check_source(const std::string& path) {
    return with_advice(why_not(path, is_folder(path) ? R_OK | X_OK : R_OK),
                       "correct the path, or let the agent's user read it; a backup without it is partial");
}

std::string check_policy(const std::string& path) {
    return is_folder(path) ? path + " is a folder: name the policy files in it"
                           : with_advice(why_not(path, R_OK), "correct the path, or let the agent's user read it");
}

// The folder itself, or the nearest above it that is there: the agent makes what is missing.
std::string nearest_present(std::string path) {
    struct stat entry {};
    while (path != "/" && path != "." && stat(path.c_str(), &entry) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        path = parent_of(path);
    }
    return path;
}

std::string check_made_folder(const std::string& path, std::string_view advice) {
    const auto present = nearest_present(path);
    return is_folder(present) ? with_advice(why_not(present, W_OK | X_OK), advice) : present + " is not a folder";
}

std::string trouble_with(const NamedPath& named) {
    switch (named.kind) {
        case NamedPath::Kind::state_dir:
            return check_made_folder(named.path, "the agent's user must be able to make and write this folder");
        case NamedPath::Kind::log_file:
            return named.path.empty() ? std::string()
                                      : check_made_folder(parent_of(named.path),
                                                          "the agent's user must be able to write the log there");
        case NamedPath::Kind::worker:
            return with_advice(why_not(named.path, X_OK), "nothing can run without it; install it, or set 'worker'");
        case NamedPath::Kind::repository:
            return check_repository(named.path);
        case NamedPath::Kind::password_file:
            return check_password(named.path);
        case NamedPath::Kind::source:
            return check_source(named.path);
        case NamedPath::Kind::policy:
            return check_policy(named.path);
        case NamedPath::Kind::program:
            return check_program(named.path);
        case NamedPath::Kind::token_file:
            return check_token(named.path);
        case NamedPath::Kind::statsd_socket:
        case NamedPath::Kind::push_socket:
            return check_socket(named.path);
        case NamedPath::Kind::deadman_url: {
            const auto url = read_secret_file(named.path, page_url_file_max).and_then([&](const std::string& text) {
                return page_url_of(text, named.path);
            });
            return url ? std::string() : url.error().message;
        }
        case NamedPath::Kind::secret_file: {
            const auto text = read_secret_file(named.path, password_file_bytes_max);
            return text ? std::string() : text.error().message;
        }
        case NamedPath::Kind::textfiles:
            return is_folder(named.path) ? with_advice(why_not(named.path, R_OK | X_OK), "let the agent's user read it")
                                         : named.path + " is not a folder: make it, or correct textfile's directory";
    }
    return {};
}

// Of two that share a path the second one can't be opened.
std::string trouble_between(const NamedPath& named, const AgentConfig& config) {
    const bool is_shared = named.kind == NamedPath::Kind::push_socket && config.apps.statsd &&
                           config.apps.statsd->sockets.socket == named.path;
    return is_shared ? named.path + " is the socket of statsd too: give push a path of its own" : std::string();
}

bool needs_worker(const AgentConfig& config) {
    const auto& targets = config.apps.scrape;
    return !config.jobs.empty() || !config.checks.empty() || config.deadman.is_wanted() ||
           std::any_of(targets.begin(), targets.end(),
                       [](const ScrapeOptions& target) { return target.url.starts_with("https://"); });
}

}  // namespace

std::vector<std::string> check_paths(const AgentConfig& config) {
    std::vector<std::string> findings;
    for (const auto& named : config.paths) {
        const bool is_needed = named.kind != NamedPath::Kind::worker || needs_worker(config);
        auto trouble = is_needed ? trouble_with(named) : std::string();
        trouble = trouble.empty() ? trouble_between(named, config) : trouble;
        if (!trouble.empty()) {
            findings.push_back(fmt::format("{}: {}{}", named.place,
                                           named.job.empty() ? "" : fmt::format("{} '{}': ", named.what, named.job),
                                           trouble));
        }
    }
    return findings;
}

}  // namespace vigie::agent
