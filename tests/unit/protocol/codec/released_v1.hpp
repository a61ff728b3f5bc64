// Version 1 as it was released: which arrays of a message have fields by position, and how many each had. Frozen: what
// later versions add does not change a line of it. With it a test plays a peer of version 1, which sends no more and
// looks at no more, and a later one, which sends more.
#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#define MSGPACK_NO_BOOST
#include <msgpack.hpp>

#include "protocol/codec/codec.hpp"
#include "shared/core/assert.hpp"

namespace vigie::protocol::released_v1 {

constexpr uint8_t last_type = 14;

struct FieldArray {
    std::vector<size_t> place;  // from the frame's own array inward; `each` stands for all elements of a list
    uint32_t fields = 0;
};
constexpr size_t each = SIZE_MAX;

inline std::vector<FieldArray> header_arrays() {
    return {{{}, 9}};
}

// Of a batch with its entry's kind; 0 else.
inline std::vector<FieldArray> body_arrays(uint8_t type, uint8_t kind) {
    switch (type) {
        case 1:
            return {{{}, 10}, {{8, each}, 4}};  // HELLO, stream states
        case 2:
            return {{{}, 5}, {{4, each}, 4}};  // WELCOME, cursors
        case 3:
            return {{{}, 3}};  // REFUSE
        case 4:
            return {{{}, 2}, {{1}, kind == 1 ? 3u : kind == 2 ? 10u : 4u}};  // BATCH: samples, run report, host event
        case 7:
            return {{{}, 2}};  // GAP
        case 8:
            return {{{}, 1}};  // PING
        case 9:
            return {{{}, 2}};  // PONG
        case 10:
            return {{{}, 6}};  // JOB_START
        case 11:
            return {{{}, 3}};  // JOB_CANCEL
        case 12:
            return {{{}, 5}};  // JOB_PROGRESS
        case 13:
            return {{{}, 3}};  // ENROL
        case 14:
            return {{{}, 4}};  // ENROLLED
        default:
            return {{{}, 0}};  // ACK, GO_BACK
    }
}

// A frame that can be changed array by array.
class Document {
  public:
    explicit Document(std::string_view bytes)
        : handle_(msgpack::unpack(bytes.data(), bytes.size())), root_(handle_.get()) {}

    msgpack::object& root() { return root_; }

    std::vector<msgpack::object*> arrays_at(const std::vector<size_t>& place) {
        std::vector<msgpack::object*> found{&root_};
        for (const size_t step : place) {
            std::vector<msgpack::object*> inner;
            for (auto* array : found) {
                VIGIE_ASSERT(array->type == msgpack::type::ARRAY);
                for (size_t i = 0; i < array->via.array.size; ++i) {
                    if (step == each || step == i) {
                        inner.push_back(&array->via.array.ptr[i]);
                    }
                }
            }
            found = std::move(inner);
        }
        return found;
    }

    // Puts nil, [1], {"later": "x"} and the largest integer behind an array's fields.
    void lengthen(msgpack::object& array) {
        auto& zone = *handle_.zone();
        const auto size = array.via.array.size;
        auto* longer = static_cast<msgpack::object*>(
            zone.allocate_align((size + 4) * sizeof(msgpack::object), alignof(msgpack::object)));
        std::copy_n(array.via.array.ptr, size, longer);
        longer[size] = msgpack::object();
        longer[size + 1] = msgpack::object(std::vector<int>{1}, zone);
        longer[size + 2] = msgpack::object(std::map<std::string, std::string>{{"later", "x"}}, zone);
        longer[size + 3] = msgpack::object(UINT64_MAX);
        array.via.array.ptr = longer;
        array.via.array.size = size + 4;
    }

    std::string bytes() const {
        msgpack::sbuffer buffer;
        msgpack::pack(buffer, root_);
        return {buffer.data(), buffer.size()};
    }

  private:
    msgpack::object_handle handle_;
    msgpack::object root_;
};

inline uint8_t type_in(std::string_view header) {
    return Document(header).root().via.array.ptr[1].as<uint8_t>();
}

inline uint8_t kind_in(uint8_t type, std::string_view body) {
    return type == 4 ? Document(body).root().via.array.ptr[0].as<uint8_t>() : uint8_t{0};
}

// What a peer of version 1 makes of a message, or sends instead of it. The type must be one of version 1.
inline Frames cut(const Frames& frames) {
    const auto type = type_in(frames.header);
    VIGIE_ASSERT(type <= last_type);
    Document header(frames.header);
    Document body(frames.body);
    const auto shorten = [](Document& document, const std::vector<FieldArray>& arrays) {
        for (const auto& [place, fields] : arrays) {
            for (auto* array : document.arrays_at(place)) {
                array->via.array.size = std::min(array->via.array.size, fields);
            }
        }
    };
    shorten(header, header_arrays());
    shorten(body, body_arrays(type, kind_in(type, frames.body)));
    return {.header = header.bytes(), .body = body.bytes()};
}

// The same message from a peer that knows more fields of each array.
inline Frames lengthen(const Frames& frames) {
    const auto type = type_in(frames.header);
    Document header(frames.header);
    Document body(frames.body);
    header.lengthen(header.root());
    for (const auto& [place, fields] : body_arrays(type, kind_in(type, frames.body))) {
        for (auto* array : body.arrays_at(place)) {
            body.lengthen(*array);
        }
    }
    return {.header = header.bytes(), .body = body.bytes()};
}

}  // namespace vigie::protocol::released_v1
