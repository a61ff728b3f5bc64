// Names in labels, with pointers back; records behind one another.
#include "agent/probes/dns_message.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace vigie::agent {
namespace {

struct TypeName {
    uint16_t number;
    std::string_view name;
};
constexpr std::array<TypeName, 9> types{
    {{1, "A"}, {2, "NS"}, {5, "CNAME"}, {6, "SOA"}, {12, "PTR"}, {15, "MX"}, {16, "TXT"}, {28, "AAAA"}, {33, "SRV"}}};
constexpr uint16_t class_in = 1;
constexpr size_t header_bytes = 12;
constexpr size_t label_bytes_max = 63;
constexpr size_t name_bytes_max = 253;
constexpr int pointers_max = 16;  // in one name; compilers of answers use one or two
constexpr size_t answers_max = 100;

std::string type_name(uint16_t number) {
    const auto found =
        std::find_if(types.begin(), types.end(), [number](const TypeName& type) { return type.number == number; });
    return found == types.end() ? fmt::format("TYPE{}", number) : std::string(found->name);
}

void put16(std::string& out, uint16_t number) {
    out += static_cast<char>(number >> 8);
    out += static_cast<char>(number & 0xff);
}

// Reads on from a place; what does not fit makes it bad and everything after it 0 or "".
class Cursor {
  public:
    Cursor(std::string_view message, size_t at) : message_(message), at_(at) {}

    uint16_t u16() {
        const auto bytes = take(2);
        return bytes.size() < 2 ? 0
                                : static_cast<uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                                                        static_cast<unsigned char>(bytes[1]));
    }
    std::string_view take(size_t count) {
        if (is_bad_ || message_.size() - at_ < count) {
            is_bad_ = true;
            return {};
        }
        const auto taken = message_.substr(at_, count);
        at_ += count;
        return taken;
    }
    std::string name();
    size_t at() const { return at_; }
    bool is_bad() const { return is_bad_; }

  private:
    std::string_view message_;
    size_t at_;
    bool is_bad_ = false;
};

std::string Cursor::name() {
    std::string name;
    std::optional<size_t> behind;  // where reading goes on, once a pointer was followed
    int pointers = 0;
    while (!is_bad_) {
        const auto head = take(1);
        const auto size = head.empty() ? 0U : static_cast<unsigned char>(head[0]);
        if (size == 0) {
            break;
        }
        if (size >= 0xc0) {
            const auto low = take(1);
            const auto target = (size & 0x3fU) << 8 | (low.empty() ? 0U : static_cast<unsigned char>(low[0]));
            behind = behind.value_or(at_);
            is_bad_ = is_bad_ || ++pointers > pointers_max || target >= message_.size();
            at_ = is_bad_ ? at_ : target;
            continue;
        }
        const auto label = take(size);
        name += (name.empty() ? "" : ".") + std::string(label);
        is_bad_ = is_bad_ || size > label_bytes_max || name.size() > name_bytes_max;
    }
    at_ = behind.value_or(at_);
    return is_bad_ ? std::string() : name;
}

std::string address_text(int family, std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? std::string() : text.data();
}

std::string text_value(std::string_view rest) {
    std::string value;
    while (!rest.empty()) {
        const auto size = std::min<size_t>(static_cast<unsigned char>(rest[0]), rest.size() - 1);
        value += rest.substr(1, size);
        rest.remove_prefix(1 + size);
    }
    return value;
}

// The value of a record whose bytes are [at, at + size) of the message.
std::string value_of(std::string_view message, uint16_t type, size_t at, size_t size) {
    const auto bytes = message.substr(at, size);
    Cursor cursor(message.substr(0, at + size), at);
    switch (type) {
        case 1:
            return size == 4 ? address_text(AF_INET, bytes) : std::string();
        case 28:
            return size == 16 ? address_text(AF_INET6, bytes) : std::string();
        case 2:
        case 5:
        case 6:  // SOA: its first server is enough
        case 12:
            return cursor.name();
        case 15: {
            const auto preference = cursor.u16();
            return fmt::format("{} {}", preference, cursor.name());
        }
        case 16:
            return text_value(bytes);
        case 33: {
            const auto priority = cursor.u16();
            const auto weight = cursor.u16();
            const auto port = cursor.u16();
            return fmt::format("{} {} {} {}", priority, weight, port, cursor.name());
        }
        default:
            return fmt::format("{} bytes", size);
    }
}

Result<DnsRecord> read_record(std::string_view message, Cursor& cursor) {
    DnsRecord record;
    record.name = cursor.name();
    const auto type = cursor.u16();
    cursor.take(2 + 4);  // class, time to live
    const auto size = cursor.u16();
    const auto at = cursor.at();
    cursor.take(size);
    if (cursor.is_bad()) {
        return fail(ErrorCode::malformed, "no DNS: a record is cut short or its name makes no sense");
    }
    record.type = type_name(type);
    record.value = value_of(message, type, at, size);
    return record;
}

}  // namespace

Result<std::string> encode_dns_query(uint16_t id, std::string_view name, std::string_view type) {
    const auto known =
        std::find_if(types.begin(), types.end(), [type](const TypeName& one) { return one.name == type; });
    if (known == types.end()) {
        return fail(ErrorCode::malformed, "'{}' is no type of DNS record that is known here", type);
    }
    std::string query;
    put16(query, id);
    put16(query, 0x0100);  // recursion desired
    for (const uint16_t count : {1, 0, 0, 0}) {
        put16(query, count);
    }
    name.remove_suffix(name.ends_with('.') ? 1 : 0);
    if (name.size() > name_bytes_max) {
        return fail(ErrorCode::malformed, "a name of more than {} bytes", name_bytes_max);
    }
    for (bool is_last = name.empty(); !is_last;) {
        const auto dot = name.find('.');
        const auto label = name.substr(0, dot);
        if (label.empty() || label.size() > label_bytes_max) {
            return fail(ErrorCode::malformed, "'{}' is no part of a name", label);
        }
        query += static_cast<char>(label.size());
        query += label;
        is_last = dot == name.npos;
        name.remove_prefix(is_last ? name.size() : dot + 1);
    }
    query += '\0';
    put16(query, known->number);
    put16(query, class_in);
    return query;
}

Result<DnsAnswer> decode_dns_answer(std::string_view bytes) {
    if (bytes.size() < header_bytes) {
        return fail(ErrorCode::malformed, "no DNS: an answer of {} bytes", bytes.size());
    }
    Cursor cursor(bytes, 0);
    DnsAnswer answer;
    answer.id = cursor.u16();
    const auto flags = cursor.u16();
    const auto questions = cursor.u16();
    const auto answers = cursor.u16();
    answer.authorities = cursor.u16();
    answer.additionals = cursor.u16();
    answer.rcode = flags & 0x000f;
    answer.is_truncated = (flags & 0x0200) != 0;
    if ((flags & 0x8000) == 0 || questions > 1) {
        return fail(ErrorCode::malformed, "no DNS: it does not answer");
    }
    for (int i = 0; i < questions; ++i) {
        cursor.name();
        cursor.take(4);
    }
    for (size_t i = 0; i < answers && i < answers_max; ++i) {
        auto record = read_record(bytes, cursor);
        if (!record && answer.is_truncated) {
            break;  // it said so
        }
        VIGIE_TRY(auto whole, std::move(record));
        answer.answers.push_back(std::move(whole));
    }
    return answer;
}

std::string dns_rcode_name(int rcode) {
    static constexpr std::array<std::string_view, 6> names{"NOERROR",  "FORMERR", "SERVFAIL",
                                                           "NXDOMAIN", "NOTIMP",  "REFUSED"};
    return rcode >= 0 && static_cast<size_t>(rcode) < names.size() ? std::string(names.at(static_cast<size_t>(rcode)))
                                                                   : fmt::format("RCODE {}", rcode);
}

}  // namespace vigie::agent
