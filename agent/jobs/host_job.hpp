// The jobs this host allows, from its own root-owned configuration, and the check of what a controller asks.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent {

enum class HostJobKind { backup, rotate, command };

struct HostJob {
    std::string name;
    std::string place;  // "FILE:LINE" of its configuration, for messages; "" when it has none
    HostJobKind kind = HostJobKind::command;
    std::vector<std::string> worker_arguments;  // a verb of vigie-worker and its arguments
    milliseconds timeout{std::chrono::hours{1}};
    int64_t nice = 10;
    std::string ionice = "best-effort";             // idle, best-effort or none
    std::map<std::string, std::string> parameters;  // name -> what its value may be, see ParameterPattern
};

// The backups among them with `--host host`: a snapshot carries the host's name in the fleet, by which the controller
// and operators know it, not what the system calls itself.
std::vector<HostJob> with_host_name(std::vector<HostJob> jobs, const std::string& host);

// What a parameter's value may be: "integer", "integer 1..10", "word" (letters, digits and . _ -), "choice a|b|c", or
// else a POSIX extended regular expression that the whole value must match. Control characters are never allowed.
class ParameterPattern {
  public:
    static Result<ParameterPattern> parse(std::string_view text);
    ~ParameterPattern();
    ParameterPattern(ParameterPattern&&) noexcept;
    ParameterPattern& operator=(ParameterPattern&&) noexcept;
    bool matches(const std::string& value) const;
    const std::string& text() const { return text_; }

  private:
    struct Rule;
    ParameterPattern(std::string text, std::unique_ptr<Rule> rule);
    std::string text_;
    std::unique_ptr<Rule> rule_;
};

constexpr size_t parameter_value_bytes_max = 1024;  // they become environment variables

class JobTable {
  public:
    // malformed: a name twice, a pattern that is none, a timeout that is not positive; names the job.
    static Result<JobTable> make(std::vector<HostJob> jobs);

    const HostJob* find(std::string_view name) const;
    std::vector<std::string> names() const;
    // not_found or malformed, with a sentence for the operator. All parameters are optional.
    Result<void> check(std::string_view job, const std::map<std::string, std::string>& parameters) const;

  private:
    struct Entry {
        HostJob job;
        std::map<std::string, ParameterPattern> patterns;
    };
    std::map<std::string, Entry, std::less<>> jobs_;
};

// VIGIE_PARAM_FULL_SCAN for "full-scan".
std::string environment_name(std::string_view parameter);

}  // namespace vigie::agent
