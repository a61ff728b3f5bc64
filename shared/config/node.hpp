// A YAML document as values with lines, and the reader that a configuration struct is filled from.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"
#include "shared/core/units.hpp"

namespace vigie::config {

// Deeper documents are refused: no configuration of ours nests further than a dozen levels.
constexpr int yaml_depth_max = 64;

struct Node {
    enum class Kind { null, scalar, sequence, mapping };
    Kind kind = Kind::null;
    std::string scalar;
    bool is_quoted = false;  // "5" is text where 5 is a number
    std::vector<Node> items;
    struct Entry;
    std::vector<Entry> entries;  // in the file's order; duplicate keys are refused by parse()
    int line = 0;                // from 1
    int column = 0;              // from 1, in bytes

    const Node* find(std::string_view key) const;  // in a mapping; nullptr when absent
};

struct Node::Entry {
    Node key;
    Node value;
};

// `file` is only for messages. An empty document is a null node. Anchors are expanded, with a bound on the total.
Result<Node> parse_yaml(std::string_view text, std::string_view file);

// Reads the keys of one mapping. Each read marks its key as known; finish() refuses the others and returns the first
// error of all: reads after an error do nothing, so a struct is filled without a check at each line.
//   MappingReader reader(node, "agent.yaml");
//   reader.optional("interval", config.interval);
//   reader.required("host", config.host);
//   VIGIE_CHECK(reader.finish());
class MappingReader {
  public:
    MappingReader(const Node& node, std::string file, std::string_view what = "document");

    template <typename T>
    void required(std::string_view key, T& into) {
        if (const auto* node = take(key, true)) {
            read(*node, key, into);
        }
    }
    template <typename T>
    void optional(std::string_view key, T& into) {
        if (const auto* node = take(key, false)) {
            read(*node, key, into);
        }
    }
    // The node itself, marked as known; nullptr when absent or after an error.
    const Node* take(std::string_view key, bool is_required);
    // For errors the caller finds in a value: "agent.yaml:7: interval: must be at least 1s".
    void refuse(const Node& node, std::string_view key, std::string_view why);
    Result<void> finish();

  private:
    void read(const Node& node, std::string_view key, std::string& into);
    void read(const Node& node, std::string_view key, bool& into);
    void read(const Node& node, std::string_view key, int64_t& into);
    void read(const Node& node, std::string_view key, double& into);
    void read(const Node& node, std::string_view key, milliseconds& into);
    void read(const Node& node, std::string_view key, Bytes& into);
    void read(const Node& node, std::string_view key, std::vector<std::string>& into);
    void read(const Node& node, std::string_view key, std::map<std::string, std::string>& into);

    const Node& node_;
    std::string file_;
    std::set<std::string, std::less<>> known_;
    Result<void> outcome_;
    Result<void> missing_;  // told last: a misspelt key explains it better
};

}  // namespace vigie::config
