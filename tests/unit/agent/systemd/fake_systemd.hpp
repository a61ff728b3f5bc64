// The other end of a talk: a bus with systemd on it, as bytes in and bytes out. It lays messages out by code of its
// own. systemd is slow: it answers when all calls of the bytes have come, and the bus refuses those that are too many.
#pragma once
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "agent/systemd/wire_reader.hpp"

namespace vigie::agent::tests_of_systemd {

class Body {
  public:
    Body& u32(uint32_t number) { return raw(&number, sizeof number); }
    Body& u64(uint64_t number) { return raw(&number, sizeof number); }
    Body& align(size_t size) {
        bytes.resize((bytes.size() + size - 1) / size * size);
        return *this;
    }
    Body& text(std::string_view text) {
        u32(static_cast<uint32_t>(text.size()));
        bytes.append(text).push_back('\0');
        return *this;
    }
    Body& signature(std::string_view text) {
        bytes.push_back(static_cast<char>(text.size()));
        bytes.append(text).push_back('\0');
        return *this;
    }
    std::string bytes;

  private:
    Body& raw(const void* number, size_t size) {
        align(size);
        bytes.append(static_cast<const char*>(number), size);
        return *this;
    }
};

// type 2 is a reply, 3 an error.
inline std::string message(char type, uint32_t reply_to, std::string_view signature, const std::string& body,
                           std::string_view error_name = {}) {
    Body fields;
    fields.bytes.append({5, 1, 'u', 0});
    fields.u32(reply_to);
    if (!error_name.empty()) {
        fields.align(8).bytes.append({4, 1, 's', 0});
        fields.text(error_name);
    }
    fields.align(8).bytes.append({8, 1, 'g', 0});
    fields.signature(signature);
    Body whole;
    whole.bytes = {'l', type, 0, 1};
    whole.u32(static_cast<uint32_t>(body.size())).u32(99).u32(static_cast<uint32_t>(fields.bytes.size()));
    whole.bytes += fields.bytes;
    return whole.align(8).bytes + body;
}

struct Call {
    uint32_t serial = 0;
    std::string path;
    std::string member;
    std::vector<std::string> words;  // of the body
};

class FakeSystemd {
  public:
    using Value = std::variant<std::string, uint32_t, uint64_t, double, bool>;
    struct Unit {
        std::string load = "loaded";
        std::string active = "active";
        std::string sub = "running";
        std::map<std::string, Value> properties{};  // "Service.Type"; of others UnknownProperty is said
    };
    std::map<std::string, Unit> units;
    std::map<std::string, Value> manager{{"Manager.Version", "252.38-1~deb12u1"}, {"Manager.SystemState", "running"}};
    std::string error_of_all;                   // said to each call but Hello, when not ""
    std::vector<std::string> asked;             // "ListUnits", "a.service Service.Type"
    std::map<std::string, std::string> errors;  // said to a question as in `asked`, instead of a value
    bool is_mute = false;
    size_t lists_max = SIZE_MAX;  // once asked for another list it is mute
    size_t answers_max = 128;     // dbus-daemon's max_replies_per_connection
    size_t most_at_once = 0;      // of calls that waited for an answer

    // Bytes of the talk; gives the bus's.
    std::string answer(std::string_view bytes) {
        std::string said;
        pending_ += bytes;
        if (!is_greeted_) {
            constexpr std::string_view end = "BEGIN\r\n";
            const auto at = pending_.find(end);
            if (at == std::string::npos) {
                return {};
            }
            pending_.erase(0, at + end.size());
            is_greeted_ = true;
            said = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";
        }
        size_t waiting = 0;
        while (const auto call = next_call()) {
            const bool is_refused = waiting == answers_max;
            waiting += is_refused ? 0 : 1;
            said += is_refused ? error(*call, "org.freedesktop.DBus.Error.LimitsExceeded") : answer_to(*call);
        }
        most_at_once = std::max(most_at_once, waiting);
        is_mute = is_mute || lists_ > lists_max;
        return is_mute ? std::string() : said;
    }

  private:
    std::optional<Call> next_call() {
        if (pending_.size() < 16) {
            return std::nullopt;
        }
        WireReader fixed(pending_);
        fixed.u32();
        const size_t body_bytes = fixed.u32();
        Call call;
        call.serial = fixed.u32();
        const size_t fields_end = 16 + fixed.u32();
        const size_t body_begin = (fields_end + 7) / 8 * 8;
        if (pending_.size() < body_begin + body_bytes) {
            return std::nullopt;
        }
        WireReader fields(std::string_view(pending_).substr(0, fields_end));
        for (int i = 0; i < 16; ++i) {
            fields.u8();
        }
        while (!fields.is_at_end() && !fields.has_failed()) {
            fields.align(8);
            const auto code = fields.u8();
            const auto value = fields.variant();
            (code == 1 ? call.path : code == 3 ? call.member : ignored_) = value.text;
        }
        BOOST_REQUIRE(!fields.has_failed());
        WireReader body(std::string_view(pending_).substr(body_begin, body_bytes));
        while (!body.is_at_end() && !body.has_failed()) {
            call.words.emplace_back(body.text());
        }
        BOOST_REQUIRE(!body.has_failed());
        pending_.erase(0, body_begin + body_bytes);
        return call;
    }

    std::string answer_to(const Call& call) {
        if (call.member == "Hello") {
            return message(2, call.serial, "s", Body().text(":1.7").bytes);
        }
        if (!error_of_all.empty()) {
            return error(call, error_of_all);
        }
        if (call.member == "ListUnits") {
            asked.emplace_back("ListUnits");
            ++lists_;
            return message(2, call.serial, "a(ssssssouso)", list());
        }
        constexpr std::string_view prefix = "org.freedesktop.systemd1.";
        BOOST_REQUIRE((call.member == "Get" && call.words.size() == 2 && call.words[0].starts_with(prefix)));
        const auto property = call.words[0].substr(prefix.size()) + "." + call.words[1];
        const auto name = call.path.substr(call.path.rfind('/') + 1);
        asked.push_back(name == "systemd1" ? property : name + " " + property);
        if (const auto refused = errors.find(asked.back()); refused != errors.end()) {
            return error(call, refused->second);
        }
        const auto& properties = name == "systemd1" ? manager : units[name].properties;
        const auto found = properties.find(property);
        return found == properties.end() ? error(call, "org.freedesktop.DBus.Error.UnknownProperty")
                                         : message(2, call.serial, "v", variant(found->second));
    }

    static std::string error(const Call& call, std::string_view name) {
        return message(3, call.serial, "s", Body().text("no").bytes, name);
    }

    std::string list() const {
        Body elements;  // begins at 8 of the body, so that its own alignment is right
        for (const auto& [name, unit] : units) {
            elements.align(8)
                .text(name)
                .text("A description")
                .text(unit.load)
                .text(unit.active)
                .text(unit.sub)
                .text("");
            elements.text("/unit/" + name).u32(0).text("").text("/");
        }
        Body whole;
        whole.u32(static_cast<uint32_t>(elements.bytes.size())).align(8);
        return whole.bytes + elements.bytes;
    }

    static std::string variant(const Value& value) {
        Body body;
        if (const auto* text = std::get_if<std::string>(&value)) {
            return body.signature("s").text(*text).bytes;
        }
        if (const auto* number = std::get_if<uint32_t>(&value)) {
            return body.signature("u").u32(*number).bytes;
        }
        if (const auto* number = std::get_if<uint64_t>(&value)) {
            return body.signature("t").u64(*number).bytes;
        }
        if (const auto* number = std::get_if<double>(&value)) {
            uint64_t bits = 0;
            std::memcpy(&bits, number, sizeof bits);
            return body.signature("d").u64(bits).bytes;
        }
        return body.signature("b").u32(std::get<bool>(value) ? 1 : 0).bytes;
    }

    std::string pending_;
    std::string ignored_;
    bool is_greeted_ = false;
    size_t lists_ = 0;
};

}  // namespace vigie::agent::tests_of_systemd
