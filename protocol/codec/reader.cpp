#include "protocol/codec/reader.hpp"

#include <bit>

namespace vigie::protocol {
namespace {

// Walks the bytes once without keeping anything: no array or map may claim more elements than are left to a frame, so
// that unpacking afterwards allocates at most elements_max objects. (The library alone would let 5 bytes ask for 4 Gi.)
struct LimitVisitor : msgpack::null_visitor {
    bool open(uint32_t count) {
        elements += count;
        return ++depth <= depth_max && elements <= elements_max;
    }
    bool close() {
        --depth;
        return true;
    }
    bool start_array(uint32_t count) { return open(count); }
    bool end_array() { return close(); }
    bool start_map(uint32_t count) { return count <= elements_max && open(2 * count); }
    bool end_map() { return close(); }
    bool visit_ext(const char*, uint32_t) { return false; }
    void parse_error(size_t, size_t) {}
    void insufficient_bytes(size_t, size_t) {}

    size_t elements = 0;
    size_t depth = 0;
};

bool is_within_limits(std::string_view bytes) {
    LimitVisitor visitor;
    size_t offset = 0;
    return msgpack::parse(bytes.data(), bytes.size(), offset, visitor) && offset == bytes.size();
}

bool refer_to_frame(msgpack::type::object_type, size_t, void*) {
    return true;
}

}  // namespace

Reader::Reader(std::string_view bytes, size_t bytes_max, const char* what) {
    place_.what = what;
    if (bytes.size() > bytes_max) {
        error_ = Error{ErrorCode::too_large, fmt::format("{}: {} bytes, at most {}", what, bytes.size(), bytes_max)};
        return;
    }
    try {
        if (!is_within_limits(bytes)) {
            set(ErrorCode::malformed, "not one MessagePack value within the limits");
            return;
        }
        const msgpack::unpack_limit limit(elements_max, elements_max, bytes_max, bytes_max, 0, depth_max);
        document_ = msgpack::unpack(bytes.data(), bytes.size(), refer_to_frame, nullptr, limit);
        current_ = &document_.get();
    } catch (const std::exception& problem) {
        set(ErrorCode::malformed, problem.what());
    }
}

void Reader::set(ErrorCode code, const char* problem) {
    // What is broken is broken in every version, so malformed outweighs unsupported.
    if (!error_ || (error_->code == ErrorCode::unsupported && code == ErrorCode::malformed)) {
        error_ = Error{code, place_.at == 0 ? fmt::format("{}: {}", place_.what, problem)
                                            : fmt::format("{}: field {}: {}", place_.what, place_.at, problem)};
    }
}

void Reader::begin(const char* what, uint32_t arity, uint32_t) {
    if (current_ == nullptr) {
        return;  // a failed constructor or descend() has said why
    }
    const auto* value = current_;
    current_ = nullptr;
    place_ = Place{.what = what};
    if (value->type != msgpack::type::ARRAY) {
        return set(ErrorCode::malformed, "not an array");
    }
    if (value->via.array.size < arity) {
        return set(ErrorCode::malformed, "array is too short");
    }
    place_.fields = value->via.array.ptr;
    place_.count = value->via.array.size;
}

const msgpack::object* Reader::next() {
    if (place_.at >= place_.count) {
        set(ErrorCode::malformed, "array is too short");
        return nullptr;
    }
    return &place_.fields[place_.at++];
}

uint64_t Reader::natural(uint64_t max) {
    const auto* value = next();
    if (value == nullptr) {
        return 0;
    }
    if (value->type != msgpack::type::POSITIVE_INTEGER || value->via.u64 > max) {
        set(ErrorCode::malformed, "not an integer of its range");
        return 0;
    }
    return value->via.u64;
}

int64_t Reader::integer(int64_t min, int64_t max) {
    const auto* value = next();
    if (value == nullptr) {
        return 0;
    }
    if (value->type == msgpack::type::POSITIVE_INTEGER && value->via.u64 <= static_cast<uint64_t>(max)) {
        return static_cast<int64_t>(value->via.u64);
    }
    if (value->type == msgpack::type::NEGATIVE_INTEGER && value->via.i64 >= min) {
        return value->via.i64;
    }
    set(ErrorCode::malformed, "not an integer of its range");
    return 0;
}

void Reader::boolean(bool& into) {
    const auto* value = next();
    if (value == nullptr) {
        return;
    }
    if (value->type != msgpack::type::BOOLEAN) {
        return set(ErrorCode::malformed, "not a boolean");
    }
    into = value->via.boolean;
}

std::string Reader::copy_text(const msgpack::object& value, size_t bytes_max) {
    if (value.type != msgpack::type::STR) {
        set(ErrorCode::malformed, "not a string");
        return {};
    }
    if (value.via.str.size > bytes_max) {
        set(ErrorCode::malformed, "string is too long");
        return {};
    }
    return std::string(value.via.str.ptr, value.via.str.size);
}

void Reader::text(std::string& into, size_t bytes_max) {
    if (const auto* value = next()) {
        into = copy_text(*value, bytes_max);
    }
}

void Reader::bytes(std::string& into, size_t bytes_max) {
    const auto* value = next();
    if (value == nullptr) {
        return;
    }
    if (value->type != msgpack::type::BIN) {
        return set(ErrorCode::malformed, "not binary");
    }
    if (value->via.bin.size > bytes_max) {
        return set(ErrorCode::malformed, "binary is too long");
    }
    into.assign(value->via.bin.ptr, value->via.bin.size);
}

void Reader::doubles(std::vector<double>& into) {
    std::string packed;
    bytes(packed, body_bytes_max);
    if (packed.size() % 8 != 0) {
        return set(ErrorCode::malformed, "not a whole number of doubles");
    }
    into.reserve(packed.size() / 8);
    for (size_t i = 0; i < packed.size(); i += 8) {
        uint64_t bits = 0;
        for (size_t k = 8; k-- > 0;) {
            bits = (bits << 8) | static_cast<unsigned char>(packed[i + k]);
        }
        into.push_back(std::bit_cast<double>(bits));
    }
}

const msgpack::object_array* Reader::next_array(size_t count_max) {
    const auto* value = next();
    if (value == nullptr) {
        return nullptr;
    }
    if (value->type != msgpack::type::ARRAY || value->via.array.size > count_max) {
        set(ErrorCode::malformed, "not a list, or too long a one");
        return nullptr;
    }
    return &value->via.array;
}

void Reader::texts(std::vector<std::string>& into, size_t count_max, size_t bytes_max) {
    const auto* array = next_array(count_max);
    if (array == nullptr) {
        return;
    }
    into.reserve(array->size);
    for (uint32_t i = 0; i < array->size; ++i) {
        into.push_back(copy_text(array->ptr[i], bytes_max));
    }
}

void Reader::map(Labels& into, size_t count_max, size_t name_max, size_t value_max) {
    const auto* value = next();
    if (value == nullptr) {
        return;
    }
    if (value->type != msgpack::type::MAP || value->via.map.size > count_max) {
        return set(ErrorCode::malformed, "not a map, or too long a one");
    }
    for (uint32_t i = 0; i < value->via.map.size; ++i) {
        const auto& pair = value->via.map.ptr[i];
        if (!into.try_emplace(copy_text(pair.key, name_max), copy_text(pair.val, value_max)).second) {
            set(ErrorCode::malformed, "a name stands twice in a map");
        }
    }
}

}  // namespace vigie::protocol
