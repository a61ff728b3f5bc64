// What version 2 added to version 1: two types, and the field of HELLO that stands behind those of version 1. Frozen,
// as released_v1 is: what later versions add does not change a line of it.
#pragma once
#include "tests/unit/protocol/codec/released_v1.hpp"

namespace vigie::protocol::released_v2 {

using released_v1::Document;
using released_v1::each;
using released_v1::FieldArray;

// As released_v1::body_arrays, which a type that did not change still has.
inline std::vector<FieldArray> body_arrays(uint8_t type, uint8_t kind) {
    switch (type) {
        case 1:
            return {{{}, 11}, {{8, each}, 4}, {{10, each}, 4}};  // HELLO, stream states, generations
        case 15:
            return {{{}, 3}};  // KEY_CHANGE
        case 16:
            return {{{}, 2}};  // CONTROLLER_KEY
        default:
            return released_v1::body_arrays(type, kind);
    }
}

// The fields that may be absent, since a peer of version 1 sends none: of HELLO's own array the last.
inline bool may_be_shorter(uint8_t type, const FieldArray& array) {
    return type == 1 && array.place.empty();
}

}  // namespace vigie::protocol::released_v2
