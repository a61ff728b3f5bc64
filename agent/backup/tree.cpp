// Trees to JSON and back.
#include <iterator>

#include "agent/backup/json_reader.hpp"
#include "agent/backup/node.hpp"

namespace vigie::agent::backup {
namespace {

void append_number(uint64_t value, std::string& out) {
    fmt::format_to(std::back_inserter(out), "{}", value);
}

// Go's omitempty.
void append_unless_zero(std::string_view key, uint64_t value, std::string& out) {
    if (value != 0) {
        fmt::format_to(std::back_inserter(out), ",\"{}\":{}", key, value);
    }
}

void append_unless_empty(std::string_view key, std::string_view value, std::string& out) {
    if (!value.empty()) {
        fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
        append_json_string(value, out);
    }
}

void append_time(std::string_view key, Moment moment, std::string& out) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":\"", key);
    append_moment(moment, out);
    out += '"';
}

void append_content(const Node& node, std::string& out) {
    if (node.type != NodeType::file) {
        out += ",\"content\":null";
        return;
    }
    out += ",\"content\":[";
    for (const auto& id : node.content) {
        out += out.back() == '[' ? "\"" : ",\"";
        append_hex(id, out);
        out += '"';
    }
    out += ']';
}

NodeType parse_type(std::string_view name) {
    for (const auto type : {NodeType::file, NodeType::dir, NodeType::symlink, NodeType::block_device,
                            NodeType::char_device, NodeType::fifo, NodeType::socket}) {
        if (name_of(type) == name) {
            return type;
        }
    }
    return NodeType::unknown;
}

Moment read_moment(JsonReader& reader) {
    const auto moment = parse_moment(reader.string());
    if (!moment) {
        reader.reject("time expected");
        return {};
    }
    return *moment;
}

std::optional<Id> read_id(JsonReader& reader) {
    const auto id = parse_id(reader.string());
    if (!id) {
        reader.reject("id of 64 hex digits expected");
    }
    return id;
}

std::string read_unquoted(JsonReader& reader) {
    auto name = go_unquote(reader.string());
    if (!name) {
        reader.reject("quoted name expected");
        return {};
    }
    return std::move(*name);
}

std::string read_base64(JsonReader& reader) {
    auto bytes = from_base64(reader.string());
    if (!bytes) {
        reader.reject("base64 expected");
        return {};
    }
    return std::move(*bytes);
}

uint32_t read_uint32(JsonReader& reader) {
    const auto value = reader.unsigned_number();
    if (value > UINT32_MAX) {
        reader.reject("32-bit number expected");
    }
    return static_cast<uint32_t>(value);
}

void read_content(JsonReader& reader, std::vector<Id>& content) {
    reader.enter_array();
    while (reader.next_element()) {
        if (const auto id = read_id(reader)) {
            content.push_back(*id);
        }
    }
}

using FieldParser = void (*)(JsonReader&, Node&);
const std::unordered_map<std::string_view, FieldParser>& field_parsers() {
    static const std::unordered_map<std::string_view, FieldParser> parsers{
        {"name", [](JsonReader& r, Node& n) { n.name = read_unquoted(r); }},
        {"type", [](JsonReader& r, Node& n) { n.type = parse_type(r.string()); }},
        {"mode", [](JsonReader& r, Node& n) { n.mode = read_uint32(r); }},
        {"mtime", [](JsonReader& r, Node& n) { n.modified = read_moment(r); }},
        {"atime", [](JsonReader& r, Node& n) { n.accessed = read_moment(r); }},
        {"ctime", [](JsonReader& r, Node& n) { n.changed = read_moment(r); }},
        {"uid", [](JsonReader& r, Node& n) { n.uid = read_uint32(r); }},
        {"gid", [](JsonReader& r, Node& n) { n.gid = read_uint32(r); }},
        {"user", [](JsonReader& r, Node& n) { n.user = r.string(); }},
        {"group", [](JsonReader& r, Node& n) { n.group = r.string(); }},
        {"inode", [](JsonReader& r, Node& n) { n.inode = r.unsigned_number(); }},
        {"device_id", [](JsonReader& r, Node& n) { n.device_id = r.unsigned_number(); }},
        {"size", [](JsonReader& r, Node& n) { n.size = r.unsigned_number(); }},
        {"links", [](JsonReader& r, Node& n) { n.links = r.unsigned_number(); }},
        {"device", [](JsonReader& r, Node& n) { n.device = r.unsigned_number(); }},
        {"content", [](JsonReader& r, Node& n) { read_content(r, n.content); }},
        {"subtree", [](JsonReader& r, Node& n) { n.subtree = r.take_null() ? std::nullopt : read_id(r); }},
        {"linktarget_raw", [](JsonReader& r, Node& n) { n.link_target = read_base64(r); }},
        {"extended_attributes",
         [](JsonReader& r, Node& n) {
             n.has_extended_attributes = true;
             r.skip();
         }},
    };
    return parsers;
}

Node read_node(JsonReader& reader) {
    Node node;
    reader.enter_object();
    while (const auto key = reader.next_key()) {
        if (*key == "linktarget") {
            // The raw form stands after it and is the true one; a lone linktarget must not overwrite it.
            auto target = reader.string();
            node.link_target = node.link_target.empty() ? std::move(target) : node.link_target;
            continue;
        }
        const auto parser = field_parsers().find(*key);
        if (parser == field_parsers().end()) {
            reader.skip();
        } else {
            parser->second(reader, node);
        }
    }
    return node;
}

}  // namespace

void TreeWriter::add(const Node& node) {
    auto& out = json_;
    out += is_empty_ ? "{\"name\":" : ",{\"name\":";
    is_empty_ = false;
    append_json_string(go_quote(node.name), out);
    append_unless_empty("type", name_of(node.type), out);
    append_unless_zero("mode", node.mode, out);
    append_time("mtime", node.modified, out);
    append_time("atime", node.accessed, out);
    append_time("ctime", node.changed, out);
    out += ",\"uid\":";
    append_number(node.uid, out);
    out += ",\"gid\":";
    append_number(node.gid, out);
    append_unless_empty("user", node.user, out);
    append_unless_empty("group", node.group, out);
    append_unless_zero("inode", node.inode, out);
    append_unless_zero("device_id", node.device_id, out);
    append_unless_zero("size", node.size, out);
    append_unless_zero("links", node.links, out);
    append_unless_empty("linktarget", node.link_target, out);
    if (!is_valid_utf8(node.link_target)) {
        append_unless_empty("linktarget_raw", to_base64(node.link_target), out);
    }
    append_unless_zero("device", node.device, out);
    append_content(node, out);
    if (node.subtree) {
        out += ",\"subtree\":\"";
        append_hex(*node.subtree, out);
        out += '"';
    }
    out += '}';
}

std::string TreeWriter::finish() {
    json_ += "]}\n";
    return std::move(json_);
}

Result<std::vector<Node>> parse_tree(std::string_view json, std::string_view what) {
    std::vector<Node> nodes;
    JsonReader reader(json);
    reader.enter_object();
    while (const auto key = reader.next_key()) {
        if (*key != "nodes") {
            reader.skip();
            continue;
        }
        reader.enter_array();
        while (reader.next_element()) {
            nodes.push_back(read_node(reader));
        }
    }
    VIGIE_CHECK(reader.finish(what));
    return nodes;
}

}  // namespace vigie::agent::backup
