// What the collectors' fuzz targets do with a reading.
#pragma once
#include "agent/series/series_writer.hpp"

namespace vigie::agent {

// What was read must be emitted without fault, and a second time with the same schema.
template <typename Reading>
void emit_twice(const Reading& reading) {
    if (!reading) {
        return;
    }
    SeriesWriter writer;
    for (const bool is_first : {true, false}) {
        writer.begin();
        emit(*reading, writer);
        if (writer.finish() && !is_first) {
            __builtin_trap();
        }
    }
}

}  // namespace vigie::agent
