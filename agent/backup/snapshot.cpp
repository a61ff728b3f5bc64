// Snapshots to JSON and back.
#include "agent/backup/snapshot.hpp"

#include <nlohmann/json.hpp>

#include "agent/backup/json_reader.hpp"

namespace vigie::agent::backup {

std::string format_snapshot(const Snapshot& snapshot) {
    using Json = nlohmann::ordered_json;
    Json json{{"time", format_moment(snapshot.time)}};
    if (snapshot.parent) {
        json["parent"] = to_hex(*snapshot.parent);
    }
    json["tree"] = to_hex(snapshot.tree);
    json["paths"] = snapshot.paths;
    json["hostname"] = snapshot.host;
    json["username"] = snapshot.user;
    json["uid"] = snapshot.uid;
    json["gid"] = snapshot.gid;
    if (!snapshot.excludes.empty()) {
        json["excludes"] = snapshot.excludes;
    }
    if (!snapshot.tags.empty()) {
        json["tags"] = snapshot.tags;
    }
    json["program_version"] = snapshot.program_version;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

namespace {

std::vector<std::string> read_texts(JsonReader& reader) {
    std::vector<std::string> texts;
    reader.enter_array();
    while (reader.next_element()) {
        texts.push_back(reader.string());
    }
    return texts;
}

std::optional<Id> read_id(JsonReader& reader) {
    const auto text = reader.string();
    const auto id = parse_id(text);
    if (!id && !text.empty()) {
        reader.reject("id of 64 hex digits expected");
    }
    return id;
}

uint32_t read_u32(JsonReader& reader) {
    return static_cast<uint32_t>(reader.unsigned_number() & UINT32_MAX);
}

void read_time(JsonReader& reader, Snapshot& snapshot) {
    const auto text = reader.string();
    const auto moment = parse_moment(text);
    if (!moment) {
        reader.reject("time expected");
        return;
    }
    snapshot.time = *moment;
    snapshot.utc_offset_seconds = utc_offset_of_moment(text);
}

}  // namespace

Result<Snapshot> parse_snapshot(std::string_view json, const Id& id) {
    Snapshot snapshot;
    snapshot.id = id;
    std::optional<Id> tree;
    JsonReader reader(json);
    reader.enter_object();
    while (const auto key = reader.next_key()) {
        if (*key == "time") {
            read_time(reader, snapshot);
        } else if (*key == "parent") {
            snapshot.parent = read_id(reader);
        } else if (*key == "tree") {
            tree = read_id(reader);
        } else if (*key == "paths") {
            snapshot.paths = read_texts(reader);
        } else if (*key == "excludes") {
            snapshot.excludes = read_texts(reader);
        } else if (*key == "tags") {
            snapshot.tags = read_texts(reader);
        } else if (*key == "hostname") {
            snapshot.host = reader.string();
        } else if (*key == "username") {
            snapshot.user = reader.string();
        } else if (*key == "uid") {
            snapshot.uid = read_u32(reader);
        } else if (*key == "gid") {
            snapshot.gid = read_u32(reader);
        } else if (*key == "program_version") {
            snapshot.program_version = reader.string();
        } else {
            reader.skip();
        }
    }
    VIGIE_CHECK(reader.finish("snapshot " + to_hex(id)));
    if (!tree) {
        return fail(ErrorCode::malformed, "snapshot {}: has no tree", to_hex(id));
    }
    snapshot.tree = *tree;
    return snapshot;
}

}  // namespace vigie::agent::backup
