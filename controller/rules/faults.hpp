// What is wrong with a file, all of it, each with its place; and the reader of its mappings that finds it.
#pragma once
#include <optional>

#include "shared/config/node.hpp"

namespace vigie::controller::rules {

struct Fault {
    ErrorCode code = ErrorCode::malformed;
    std::string file;
    int line = 0;    // from 1
    int column = 0;  // from 1, in bytes; 0: the whole line
    std::string message;

    std::string text() const;  // "rules.yml:3:11: …"
    Error error() const { return {code, text()}; }
};

// A file that is nothing but faults need not be told of to its end.
constexpr size_t faults_max = 100;

class Faults {
  public:
    explicit Faults(std::string file) : file_(std::move(file)) {}

    void add(const config::Node& at, std::string message, ErrorCode code = ErrorCode::malformed);
    void add(int line, int column, std::string message, ErrorCode code = ErrorCode::malformed);
    size_t count() const { return all_.size(); }
    std::vector<Fault> take() { return std::move(all_); }  // in the order of their places

  private:
    std::string file_;
    std::vector<Fault> all_;
};

// The YAML of a text, or a fault.
std::optional<config::Node> read_yaml(std::string_view text, const std::string& file, Faults& faults);

// The keys of one mapping. Each read marks its key as known; finish() tells of the others. A value that is wrong is a
// fault and counts as absent.
class Fields {
  public:
    // `what`: "a rule". Anything but a mapping is a fault.
    Fields(const config::Node& node, std::string_view what, Faults& faults);

    // nullptr when absent or null.
    const config::Node* take(std::string_view key);
    // nullptr when absent or no scalar.
    const config::Node* scalar(std::string_view key);
    std::string text(std::string_view key);
    milliseconds duration(std::string_view key);  // 0 when absent
    int64_t whole_number(std::string_view key);   // 0 when absent
    const std::vector<config::Node>& list(std::string_view key);
    // Names to scalars.
    const std::vector<config::Node::Entry>& mapping(std::string_view key);
    void finish();

  private:
    const config::Node& node_;
    Faults& faults_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace vigie::controller::rules
