// yaml-cpp's parser behind Node, and the typed reads.
#include "shared/config/node.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>

#include "shared/core/nearest.hpp"

namespace vigie::config {
namespace {

// Anchors can blow a small file up without bound; a hand-written file has far fewer values.
constexpr size_t yaml_nodes_max = 100'000;

class Converter {
  public:
    explicit Converter(std::string_view file) : file_(file) {}

    Result<Node> convert(const YAML::Node& from, int depth) {
        Node node;
        node.line = from.Mark().line + 1;
        node.column = from.Mark().column + 1;
        if (depth > yaml_depth_max || ++count_ > yaml_nodes_max) {
            return fail(ErrorCode::too_large, "{}:{}: nested too deeply or too many values", file_, node.line);
        }
        if (from.IsScalar()) {
            node.kind = Node::Kind::scalar;
            node.scalar = from.Scalar();
            node.is_quoted = from.Tag() == "!";
        } else if (from.IsSequence()) {
            node.kind = Node::Kind::sequence;
            for (const auto& item : from) {
                VIGIE_TRY(auto converted, convert(item, depth + 1));
                node.items.push_back(std::move(converted));
            }
        } else if (from.IsMap()) {
            node.kind = Node::Kind::mapping;
            for (const auto& entry : from) {
                VIGIE_TRY(auto key, convert(entry.first, depth + 1));
                VIGIE_TRY(auto value, convert(entry.second, depth + 1));
                if (node.find(key.scalar) != nullptr) {
                    return fail(ErrorCode::malformed, "{}:{}: key '{}' stands twice", file_, key.line, key.scalar);
                }
                node.entries.push_back({std::move(key), std::move(value)});
            }
        }
        return node;
    }

  private:
    std::string_view file_;
    size_t count_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (const auto& [name, value] : entries) {
        if (name.scalar == key) {
            return &value;
        }
    }
    return nullptr;
}

Result<Node> parse_yaml(std::string_view text, std::string_view file) {
    try {
        // The parser recurses on brackets; a file of brackets alone must not exhaust the stack.
        int depth = 0;
        int deepest = 0;
        for (const char c : text) {
            depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
            deepest = std::max(deepest, depth);
        }
        if (deepest > yaml_depth_max * 4) {
            return fail(ErrorCode::too_large, "{}: nested too deeply", file);
        }
        return Converter(file).convert(YAML::Load(std::string(text)), 0);
    } catch (const YAML::Exception& error) {
        return fail(ErrorCode::malformed, "{}:{}: {}", file, error.mark.line + 1, error.msg);
    }
}

MappingReader::MappingReader(const Node& node, std::string file, std::string_view what)
    : node_(node), file_(std::move(file)) {
    if (node.kind != Node::Kind::mapping && node.kind != Node::Kind::null) {
        outcome_ = fail(ErrorCode::malformed, "{}:{}: {} must be a mapping of keys to values", file_, node.line, what);
    }
}

const Node* MappingReader::take(std::string_view key, bool is_required) {
    known_.emplace(key);
    if (!outcome_) {
        return nullptr;
    }
    const auto* found = node_.find(key);
    if (found == nullptr && is_required && missing_) {
        missing_ = fail(ErrorCode::malformed, "{}:{}: key '{}' is missing", file_, node_.line, key);
    }
    return found;
}

void MappingReader::refuse(const Node& node, std::string_view key, std::string_view why) {
    if (outcome_) {
        outcome_ = fail(ErrorCode::malformed, "{}:{}: {}: {}", file_, node.line, key, why);
    }
}

Result<void> MappingReader::finish() {
    if (!outcome_) {
        return outcome_;
    }
    for (const auto& [key, value] : node_.entries) {
        if (!known_.contains(key.scalar)) {
            const auto near = nearest(key.scalar, known_);
            return fail(ErrorCode::malformed, "{}:{}: unknown key '{}'{}", file_, key.line, key.scalar,
                        near.empty() ? "" : fmt::format(", did you mean '{}'?", near));
        }
    }
    return missing_;
}

void MappingReader::read(const Node& node, std::string_view key, std::string& into) {
    if (node.kind != Node::Kind::scalar) {
        return refuse(node, key, "must be text");
    }
    into = node.scalar;
}

void MappingReader::read(const Node& node, std::string_view key, bool& into) {
    if (node.kind != Node::Kind::scalar || (node.scalar != "true" && node.scalar != "false")) {
        return refuse(node, key, "must be true or false");
    }
    into = node.scalar == "true";
}

void MappingReader::read(const Node& node, std::string_view key, int64_t& into) {
    const auto* end = node.scalar.data() + node.scalar.size();
    const auto [stop, error] = std::from_chars(node.scalar.data(), end, into);
    if (node.kind != Node::Kind::scalar || error != std::errc{} || stop != end) {
        refuse(node, key, "must be a whole number");
    }
}

void MappingReader::read(const Node& node, std::string_view key, double& into) {
    const auto* end = node.scalar.data() + node.scalar.size();
    const auto [stop, error] = std::from_chars(node.scalar.data(), end, into);
    if (node.kind != Node::Kind::scalar || error != std::errc{} || stop != end) {
        refuse(node, key, "must be a number");
    }
}

void MappingReader::read(const Node& node, std::string_view key, milliseconds& into) {
    const auto duration = parse_duration(node.scalar);
    if (node.kind != Node::Kind::scalar || !duration) {
        return refuse(node, key, duration ? "must be a duration" : duration.error().message);
    }
    into = *duration;
}

void MappingReader::read(const Node& node, std::string_view key, Bytes& into) {
    const auto size = parse_bytes(node.scalar);
    if (node.kind != Node::Kind::scalar || !size) {
        return refuse(node, key, size ? "must be a size" : size.error().message);
    }
    into = *size;
}

void MappingReader::read(const Node& node, std::string_view key, std::vector<std::string>& into) {
    if (node.kind != Node::Kind::sequence) {
        return refuse(node, key, "must be a list");
    }
    into.clear();
    for (const auto& item : node.items) {
        if (item.kind != Node::Kind::scalar) {
            return refuse(item, key, "must be a list of texts");
        }
        into.push_back(item.scalar);
    }
}

void MappingReader::read(const Node& node, std::string_view key, std::map<std::string, std::string>& into) {
    if (node.kind != Node::Kind::mapping) {
        return refuse(node, key, "must be a mapping");
    }
    into.clear();
    for (const auto& [name, value] : node.entries) {
        if (value.kind != Node::Kind::scalar) {
            return refuse(value, key, "must be a mapping of texts");
        }
        into.emplace(name.scalar, value.scalar);
    }
}

}  // namespace vigie::config
